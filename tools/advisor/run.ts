// SPDX-License-Identifier: MIT

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Built } from "../build/build.js";
import type { FirmwareSettings } from "../device/simulated-device.js";
import { startIotCore } from "../iot-core/core.js";
import { put } from "./bench.js";
import { simulatedDevice } from "./device.js";
import type { PolicyName } from "./operator.js";
import type { TestCase } from "./test-case.js";
import type { Judgement } from "./verdict.js";

/** One row of the table. */
export interface AdvisorRow extends Judgement {
	testCase: TestCase;
	/** How long it took. */
	seconds: number;
}

/** What all rows of a run have in common. */
export interface AdvisorOptions {
	built: Built;
	settings: FirmwareSettings;
	/** What is attached to the devices' certificates. */
	policy: PolicyName;
	/** Makes the devices' random numbers repeat. */
	seed: string;
	/** How many devices are tested at a time. */
	atOnce: number;
	/** A test case has its result. */
	onRow?(row: AdvisorRow): void;
	/** A line of a device's serial output. */
	onLine?(id: string, line: string): void;
}

/** Makes an endpoint's keys and certificates, which all test cases share: RSA keys take their time. */
async function prepareEndpoint(stateDir: string): Promise<void> {
	const core = await startIotCore({ stateDir, devicePort: 0, controlPort: 0 });
	await core.close();
}

async function runOne(
	testCase: TestCase,
	endpoint: string,
	{ built, settings, policy, seed, onLine }: AdvisorOptions,
): Promise<Judgement> {
	const folder = mkdtempSync(join(tmpdir(), "advisor-"));
	try {
		const stateDir = join(folder, "iot-core");
		cpSync(endpoint, stateDir, { recursive: true });
		const device = await simulatedDevice(built, folder, `${seed} ${testCase.id}`, line => onLine?.(testCase.id, line));
		return await put(device, testCase, { stateDir, port: 0, settings, policy });
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Times a test case. */
export async function timed(testCase: TestCase, judge: () => Promise<Judgement>): Promise<AdvisorRow> {
	const begin = performance.now();
	const judgement = await judge();
	return { testCase, ...judgement, seconds: (performance.now() - begin) / 1_000 };
}

/**
 * Runs test cases, each with a simulated device and an endpoint of its own, those that take longest first.
 * @returns the rows in the order of the test cases
 */
export async function runTestCases(testCases: readonly TestCase[], options: AdvisorOptions): Promise<AdvisorRow[]> {
	const waiting = [...testCases].sort((one, other) => Number(one.fast) - Number(other.fast));
	const rows: AdvisorRow[] = [];
	const endpoint = mkdtempSync(join(tmpdir(), "advisor-endpoint-"));
	const worker = async () => {
		for (let testCase = waiting.shift(); testCase; testCase = waiting.shift()) {
			const current = testCase;
			const row = await timed(current, () => runOne(current, endpoint, options));
			rows.push(row);
			options.onRow?.(row);
		}
	};
	try {
		await prepareEndpoint(endpoint);
		await Promise.all(Array.from({ length: options.atOnce }, worker));
	} finally {
		rmSync(endpoint, { recursive: true, force: true });
	}
	return rows.sort((one, other) => testCases.indexOf(one.testCase) - testCases.indexOf(other.testCase));
}
