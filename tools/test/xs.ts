// SPDX-License-Identifier: MIT
import { build } from "../build/build.js";
import { xsTests } from "../build/xs-tests.js";
import type { TestJob } from "./jobs.js";

/**
 * The tests that run inside XS, on the engine as it ships and under the sanitizers. Builds what they need.
 * @param isSelected by a job's name
 */
export async function xsJobs(isSelected: (name: string) => boolean): Promise<TestJob[]> {
	const jobs: TestJob[] = [];
	for (const variant of ["release", "sanitize"] as const) {
		const tests = xsTests().map(test => ({ test, name: `${test} (XS, ${variant})` }));
		const selected = tests.filter(({ name }) => isSelected(name));
		if (selected.length === 0) continue;
		const { executable, modules } = await build({ variant });
		jobs.push(...selected.map(({ test, name }) => ({ name, command: executable, args: [modules, test] })));
	}
	return jobs;
}
