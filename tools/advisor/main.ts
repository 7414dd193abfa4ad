// SPDX-License-Identifier: MIT
import { appendFileSync, writeFileSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import { type BuildVariant, build } from "../build/build.js";
import { ipv4Address, variantOption } from "../lib/arguments.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { printJson } from "../lib/json-lines.js";
import { userPath } from "../lib/user-path.js";
import { type BoardTest, boardState, buildInstructions, forCommonBoard, runBoard } from "./board.js";
import { junitXml, rowFields } from "./formats.js";
import { type PolicyName, policyChoices } from "./operator.js";
import { type AdvisorRow, runTestCases } from "./run.js";
import { testScaling, testSettings } from "./settings.js";
import { counts, qualifies, summary, table } from "./table.js";
import type { TestCase } from "./test-case.js";
import { testCases } from "./test-cases.js";

interface Options {
	only?: TestCase[];
	fast?: true;
	seed: string;
	atOnce: number;
	verbose?: true;
	policy: PolicyName;
	variant: BuildVariant;
	device?: string;
	certificate?: string;
	address?: string;
	port: number;
	state: string;
	json: boolean;
	junit?: string;
}

function testCaseNamed(id: string, chosen: TestCase[] = []): TestCase[] {
	const found = testCases.find(testCase => testCase.id === id);
	if (!found) throw new InvalidArgumentError(`It must be one of ${testCases.map(testCase => testCase.id).join(", ")}.`);
	return [...chosen, found];
}

const command = program(
	"advisor",
	"Runs the test cases of AWS IoT Device Advisor (MQTT 3.1.1) on the firmware, against the local AWS IoT Core, and prints the results as AWS does.",
	[
		"npm run advisor",
		"npm run advisor -- --only MQTT_Connect_Jitter_Backoff_Retries --verbose",
		"npm run advisor -- --device 040050018641baee9bf71e042733d23e1f90 --certificate board.crt.pem --address 192.168.1.10",
	],
)
	.option("--only <id>", "this test case; may be given several times", testCaseNamed)
	.option("--fast", "only the test cases that take a few seconds")
	.option("--seed <text>", "of the simulated chips' random numbers: the same one makes the same waits", "advisor")
	.addOption(
		new Option(
			"--policy <name>",
			"what is attached to the certificates: what npm run provision attaches, or its try-out policy",
		)
			.choices(Object.keys(policyChoices))
			.default("least-privilege"),
	)
	.option("--at-once <count>", "how many devices are tested at a time", wholeNumber(1, 32), 4)
	.option("--verbose", "show the devices' serial lines")
	.option(
		"--device <uid>",
		"test a board in this network in place of simulated devices; without --certificate, only print how to build it",
	)
	.option("--certificate <file>", "with --device: PEM file of the board's certificate")
	.option("--address <ip>", "with --device: this machine's address in the board's network", ipv4Address)
	.option("--port <number>", "with --device: the port to listen on", wholeNumber(1, 65535), 8883)
	.option("--state <folder>", "with --device: where the endpoint's name and root CA are kept", boardState)
	.option("--json", "print each result as a JSON object (docs/json-output.md) in place of the table", false)
	.option("--junit <file>", "also write the results to this file, as JUnit XML for a CI system", path => userPath(path))
	.addOption(variantOption())
	.parse();

function progress(row: AdvisorRow): void {
	if (command.opts<Options>().json) printJson("result", rowFields(row));
	else console.error(`${row.testCase.id}: ${row.verdict} (${row.seconds.toFixed(1)} s)`);
}

function chosen({ only, fast, device }: Options): TestCase[] {
	const cases = only ?? (device === undefined ? [...testCases] : forCommonBoard(testCases));
	return fast ? cases.filter(testCase => testCase.fast) : cases;
}

async function testBoard(
	cases: TestCase[],
	{ device: uid = "", certificate, address, port, state, policy, json }: Options,
): Promise<AdvisorRow[] | undefined> {
	if (address === undefined)
		throw new Error("--device needs --address: this machine's address in the board's network.");
	const options: BoardTest = {
		uid,
		certificate: certificate ?? "",
		address,
		port,
		stateDir: state,
		policy,
		onRow: progress,
	};
	const instructions = await buildInstructions(options, cases);
	if (json) printJson("text", { text: instructions });
	else console.log(instructions);
	return certificate === undefined ? undefined : runBoard(cases, options);
}

async function testFirmware(
	cases: TestCase[],
	{ variant, seed, atOnce, policy, verbose }: Options,
): Promise<AdvisorRow[]> {
	return runTestCases(cases, {
		built: await build({ variant }),
		settings: testSettings,
		policy,
		seed,
		atOnce,
		onRow: progress,
		onLine: verbose && ((id, line) => console.error(`${id} │ ${line}`)),
	});
}

/** The end of the output: how many rows have each verdict, and what is scaled. */
function conclude(rows: AdvisorRow[], { json, device, seed }: Options): void {
	if (json) {
		const repeatable = device === undefined ? { seed } : {};
		return printJson("summary", { counts: counts(rows), qualifies: qualifies(rows), ...repeatable });
	}
	const repeatable = device === undefined ? `; seed "${seed}"` : "";
	console.log(`
${table(rows)}

${summary(rows)}${repeatable}.
${testScaling}`);
}

await guard(async () => {
	const options = command.opts<Options>();
	const { device, junit } = options;
	if (junit !== undefined) appendFileSync(junit, ""); // a file that cannot be written is reported before the tests run
	const cases = chosen(options);
	const rows = device === undefined ? await testFirmware(cases, options) : await testBoard(cases, options);
	if (rows === undefined) return;
	if (junit !== undefined) writeFileSync(junit, junitXml(rows));
	conclude(rows, options);
	if (!qualifies(rows)) process.exitCode = 1;
});
