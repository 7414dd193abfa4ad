// SPDX-License-Identifier: MIT
/** How many tests of a job passed and failed. */
export interface Totals {
	passed: number;
	failed: number;
}

/** How a job ended, how long it took, and the CPU time of it and of all that it started. */
export interface JobResult extends Totals {
	name: string;
	seconds: number;
	cpuSeconds: number;
}

/** Totals as uvu prints them; a process that fails without a failed test counts as one. */
export function totals(output: string, status: number | null, single = false): Totals {
	if (single) return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
	const plain = output.replace(/\u001b\[\d+m/g, "");
	const total = Number(/^ *Total: +(\d+)/m.exec(plain)?.[1] ?? 0);
	const passed = Number(/^ *Passed: +(\d+)/m.exec(plain)?.[1] ?? 0);
	const skipped = Number(/^ *Skipped: +(\d+)/m.exec(plain)?.[1] ?? 0);
	const failed = total - passed - skipped;
	const broken = total === 0 || skipped > 0 || (status !== 0 && failed === 0);
	return { passed, failed: broken ? failed + Math.max(1, skipped) : failed };
}

/** The sum of all jobs. */
export function sum(results: readonly JobResult[]): Totals {
	return results.reduce(
		({ passed, failed }, result) => ({ passed: passed + result.passed, failed: failed + result.failed }),
		{ passed: 0, failed: 0 },
	);
}

/** Lines that name the jobs that used the most CPU time, the costliest first. */
export function costliest(results: readonly JobResult[], most: number): string[] {
	return [...results]
		.sort((a, b) => b.cpuSeconds - a.cpuSeconds)
		.slice(0, most)
		.map(({ name, cpuSeconds }) => `${cpuSeconds.toFixed(1).padStart(7)} s  ${name}`);
}
