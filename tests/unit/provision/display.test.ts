// SPDX-License-Identifier: MIT
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lineOf, ProvisionDisplay } from "../../../tools/provision/display.js";
import { duration, Estimate } from "../../../tools/provision/estimate.js";
import { FailuresFile } from "../../../tools/provision/failures.js";
import type { CandidateResult } from "../../../tools/provision/outcome.js";
import type { CandidateReport } from "../../../tools/provision/run.js";
import { readSources } from "../../../tools/provision/sources/sources.js";
import { chip } from "./chips.js";
import { temporaryFolder } from "./harness.js";

const { uid, pem, der } = chip(0);

function report(line: number, result: CandidateResult = "provisioned", note?: string): CandidateReport {
	return {
		candidate: { origin: { name: "ledger", line }, uid, certificate: pem, position: line * 100 },
		position: line * 100,
		result,
		note,
	};
}

function shown(
	total: number | undefined,
	verbose = false,
): { display: ProvisionDisplay; lines: string[]; pass(milliseconds: number): void } {
	const lines: string[] = [];
	let now = 0;
	const display = new ProvisionDisplay({
		total,
		verbose,
		json: false,
		terminal: false,
		print: line => lines.push(line),
		now: () => now,
	});
	display.start();
	return {
		display,
		lines,
		pass: milliseconds => {
			now += milliseconds;
		},
	};
}

test("rate and remaining time are those of the last minute", () => {
	const estimate = new Estimate(100_000, 0);
	estimate.update(1_000, 500, 50_000);
	for (let second = 2; second <= 120; second++)
		estimate.update(second * 1_000, 500 + second * 8, 50_000 + second * 100);
	assert.ok(Math.abs(estimate.rate - 8) < 0.01, String(estimate.rate));
	assert.ok(Math.abs((estimate.remaining ?? 0) - 380) < 1, String(estimate.remaining));
	assert.is(estimate.fraction, 0.62);
});

test("without a known length there is no remaining time", () => {
	const estimate = new Estimate(undefined, 0);
	estimate.update(1_000, 10, 5_000);
	assert.is(estimate.remaining, undefined);
	assert.is(estimate.fraction, undefined);
	assert.is(estimate.rate, 10);
});

test("durations as a person says them", () => {
	assert.equal([0.4, 89, 90, 5_399, 10_080].map(duration), ["0 s", "89 s", "2 min", "1 h 30 min", "2 h 48 min"]);
});

test("a line names file, line, thing and what happened", () => {
	assert.is(lineOf(report(17, "failed", "it expired")), `ledger:17  ${uid}  FAILED: it expired`);
});

test("twenty certificates that go well have a line each, the rest is counted", () => {
	const { display, lines } = shown(undefined);
	for (let line = 1; line <= 100; line++) display.report(report(line));
	assert.is(lines.length, 21);
	assert.match(lines[20] ?? "", /--verbose/);
});

test("what failed has its line however many there are, and so has everything when asked", () => {
	const { display, lines } = shown(undefined);
	for (let line = 1; line <= 100; line++) display.report(report(line, "failed", "expired"));
	assert.is(lines.length, 100);
	const verbose = shown(undefined, true);
	for (let line = 1; line <= 100; line++) verbose.display.report(report(line));
	assert.is(verbose.lines.length, 100);
});

test("without a terminal the progress is a plain line every ten seconds", () => {
	const { display, lines, pass } = shown(100_000);
	for (let line = 1; line <= 400; line++) {
		pass(125);
		display.report(report(line));
	}
	const progress = lines.filter(line => line.startsWith("… ") && line.includes("/s"));
	assert.is(progress.length, 5);
	assert.match(progress.at(-1) ?? "", /^… 40 %, 400 certificates, 8\.\d\/s, \d+ s left$/);
	// eslint-disable-next-line no-control-regex
	assert.not.match(lines.join(""), /\u001b/);
});

test("the summary counts each result, and says time and rate", () => {
	const { display, pass } = shown(undefined);
	for (const result of ["provisioned", "provisioned", "failed", "duplicate"] as const)
		display.report(report(1, result));
	pass(2_000);
	assert.equal(
		display.end().map(line => line.trim()),
		["2  provisioned", "1  duplicates", "1  failed", "4  in 2 s, 2.0/s"],
	);
});

test("a failures file is there only when something failed, and is a source that gives the same certificates", async () => {
	const path = join(temporaryFolder(), "failures.ndjson");
	const failures = new FailuresFile(path);
	assert.not(existsSync(path));
	failures.write(report(1, "failed", "throttled"));
	failures.write({ candidate: { origin: { name: "a.der" }, certificate: der, position: 0 }, note: "no UID" });
	failures.write({
		candidate: { origin: { name: "ledger", line: 3 }, problem: "not JSON", position: 0 },
		note: "not JSON",
	});
	failures.close();
	assert.is(statSync(path).mode & 0o777, 0o600);
	assert.equal(JSON.parse(readFileSync(path, "utf8").split("\n")[0] ?? ""), {
		uid,
		certificatePem: pem,
		error: "throttled",
		source: "ledger:1",
	});
	const candidates = [];
	for await (const candidate of readSources([path], { baudRate: 115_200, timeLimit: 1_000 }))
		candidates.push("certificate" in candidate ? candidate.certificate : candidate.problem);
	assert.equal(candidates, [pem, der.toString("base64"), "not JSON (in an earlier run, at ledger:3)"]);
});

test.run();
