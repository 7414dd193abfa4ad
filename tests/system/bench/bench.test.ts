// SPDX-License-Identifier: MIT
/** What `npm run bench` prints, and what it leaves behind: nothing. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BenchFigure } from "../../../tools/bench/row.js";
import { build } from "../../../tools/build/build.js";
import { CommandLine, processesOf, runTool } from "../command-line.js";

await build();

/** Processes that were killed and are still there after so many hundredths of a second were not killed. */
const hang = 6_000;

/** Runs an action with an empty folder for temporary files, and expects it to be empty afterwards. */
async function withTemporaryFolder(action: (env: { TMPDIR: string }) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "b-"));
	try {
		await action({ TMPDIR: folder });
		assert.equal(readdirSync(folder), []);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

test("a row is measured without any peer, which is then named as missing, and nothing is left", () =>
	withTemporaryFolder(async env => {
		const { status, stdout, stderr, left } = await runTool("bench", ["firmware", "--quick", "--json"], {
			env: { ...env, PATH: "/no/such/folder" },
		});
		assert.is(status, 0, stderr);
		assert.equal(left, []);
		const [row] = rowsOf(stdout);
		const [ours, peer] = row?.result?.figures ?? [];
		assert.is(ours?.quantity.name, "CPU");
		assert.ok(ours?.samples.length && ours.samples.every(value => value > 0), JSON.stringify(ours));
		assert.equal(peer?.samples, []);
		assert.match(peer?.missing ?? "", /package openssl/);
	}));

interface Row {
	name: string;
	error?: string;
	result?: { figures: BenchFigure[] };
}

/** The rows of a run with --json (docs/json-output.md). The first line is about the machine. */
function rowsOf(stdout: string): Row[] {
	const lines = stdout.trim().split("\n");
	const [first, ...rows] = lines.map(line => JSON.parse(line) as Row & { source: string; event: string });
	assert.equal([first?.source, first?.event], ["bench", "machine"]);
	assert.ok(rows.every(({ event }) => event === "row"));
	return rows;
}

/** What is wrong with a row: it could not be measured, or a contender is neither measured nor named as missing. */
function faultOf({ error, result }: Row): string | undefined {
	const silent = result?.figures.find(({ samples, missing }) => samples.length === 0 && missing === undefined);
	const wrong = result?.figures.find(({ samples }) => samples.some(value => !Number.isFinite(value)));
	return error ?? silent?.contender ?? wrong?.contender;
}

/** Those that use what no other test does. */
const rowNames = ["sign", "qos1", "one-to-one", "provision"];

test("rows work with their peers, and leave nothing behind", () =>
	withTemporaryFolder(async env => {
		const { stdout, stderr, left } = await runTool(
			"bench",
			[...rowNames, "--quick", "--certificates", "20", "--json"],
			{ env },
		);
		const rows = rowsOf(stdout);
		assert.equal(
			rows.flatMap(row => (faultOf(row) === undefined ? [] : `${row.name}: ${faultOf(row)}`)),
			[],
			stderr,
		);
		assert.is(rows.length, rowNames.length);
		assert.equal(left, []);
	}));

for (const signal of ["SIGINT", "SIGTERM"] as const)
	test(`${signal} to the program alone ends all that it has started, and removes its files`, () =>
		withTemporaryFolder(async env => {
			const command = CommandLine.tool("bench", ["one-to-one"], { env });
			try {
				await command.until("mosquitto", () =>
					processesOf(command.group).some(name => name.endsWith(" mosquitto")) ? true : undefined,
				);
				process.kill(command.group, signal);
				const { status } = await command.ended;
				assert.is(status, signal === "SIGINT" ? 130 : 143);
				for (let wait = 0; wait < hang && processesOf(command.group).length > 0; wait++) await delay(10);
				assert.equal(processesOf(command.group), []);
			} finally {
				await command.kill();
			}
		}));

test("a row that cannot be measured is said to be so, and the status is 1", () =>
	withTemporaryFolder(async env => {
		const { status, stdout, stderr } = await runTool("bench", ["footprint", "tests"], {
			env: { ...env, PATH: "/no/such/folder" },
		});
		assert.is(status, 1);
		assert.match(stderr, /^Not measured: footprint\./m);
		assert.match(stdout, /^not measured: gcc failed/m);
		assert.match(stdout, /^Not run here: npm test prints/m);
	}));

test.run();
