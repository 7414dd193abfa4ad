// SPDX-License-Identifier: MIT

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { trustedRoots } from "../device/roots.js";
import { startIotCore } from "../iot-core/core.js";
import { shellWord } from "../lib/shell-word.js";
import { deviceNames, parseUid } from "../provision/identity.js";
import { put, topicOf } from "./bench.js";
import { board } from "./device.js";
import type { PolicyName } from "./operator.js";
import { type AdvisorRow, timed } from "./run.js";
import { testedClientIdForm, testSettings } from "./settings.js";
import type { TestCase } from "./test-case.js";

/** The board to test, and where it finds the endpoint. */
export interface BoardTest {
	/** As the board prints it. */
	uid: string;
	/** PEM file of the certificate that it prints. */
	certificate: string;
	/** This machine's address in the board's network. */
	address: string;
	port: number;
	/** Keeps the endpoint's name and root from run to run. */
	stateDir: string;
	/** What is attached to the board's certificate. */
	policy: PolicyName;
	onRow(row: AdvisorRow): void;
}

/** What the board must be built with: printed first. */
export async function buildInstructions(
	{ uid, address, port, stateDir }: BoardTest,
	testCases: readonly TestCase[],
): Promise<string> {
	const { endpoint, rootCaFile, close } = await startIotCore({ stateDir, devicePort: 0, controlPort: 0 });
	await close();
	const settings = {
		endpoint,
		port,
		...common(testCases),
		topic: topicOf(namesOf(uid).thingName),
		trustedRoots: trustedRoots(rootCaFile),
	};
	return [
		"Build and flash the board with:",
		`  mcconfig -d -m -p esp32 ${Object.entries(settings)
			.map(([name, value]) => shellWord(`${name}=${value}`))
			.join(" ")}`,
		`The name ${endpoint} must lead to ${address} in the board's network: enter it at the DNS of its access point.`,
	].join("\n");
}

/** FirmwareSettings that all the test cases can be run with: one flash is for one set. */
function common(testCases: readonly TestCase[]): Record<string, string | number> {
	const sets = new Set(testCases.map(({ settings }) => JSON.stringify(settings ?? {})));
	if (sets.size > 1)
		throw new Error(
			`These test cases need a board built in ${sets.size} ways: choose with --only those that need the same (${[...sets].join(", ")}).`,
		);
	return { ...testSettings, ...testCases[0]?.settings };
}

function namesOf(uid: string): ReturnType<typeof deviceNames> {
	const digits = parseUid(uid);
	if (digits === undefined)
		throw new Error(`--device ${uid} is not a UID: give the 36 hexadecimal digits that the board prints.`);
	return deviceNames(digits, testedClientIdForm);
}

function readCertificate(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		throw new Error(`The certificate file ${file} cannot be read: ${(error as Error).message}`);
	}
}

/** Runs the test cases one after another against a board, which connects by itself. */
export async function runBoard(testCases: readonly TestCase[], options: BoardTest): Promise<AdvisorRow[]> {
	const device = board(namesOf(options.uid), readCertificate(options.certificate));
	const rows: AdvisorRow[] = [];
	for (const testCase of testCases) {
		const row = await timed(testCase, () =>
			put(device, testCase, {
				stateDir: options.stateDir,
				port: options.port,
				address: options.address,
				settings: testSettings,
				policy: options.policy,
			}),
		);
		rows.push(row);
		options.onRow(row);
	}
	return rows;
}

/** The test cases that a board of the common settings can be put to. */
export function forCommonBoard(testCases: readonly TestCase[]): TestCase[] {
	return testCases.filter(({ settings }) => settings === undefined);
}

/** Default of `--state`. */
export const boardState = join("state", "advisor");
