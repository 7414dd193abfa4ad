// SPDX-License-Identifier: MIT
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Report } from "../../../app/report.js";
import type { Candidate, Found, Unreadable } from "../../../tools/provision/sources/candidate.js";
import { readCsv } from "../../../tools/provision/sources/csv.js";
import { lineLimit, splitLines } from "../../../tools/provision/sources/lines.js";
import { missingSources, readSources, totalBytes } from "../../../tools/provision/sources/sources.js";
import { chip } from "./chips.js";
import { temporaryFolder } from "./harness.js";

const folder = temporaryFolder();
const chips = [0, 1, 2, 3].map(index => chip(index));
const [first, second, third] = chips as [
	(typeof chips)[0] & object,
	(typeof chips)[0] & object,
	(typeof chips)[0] & object,
];
const json = ({ uid, pem }: { uid: string; pem: string }) => JSON.stringify({ uid, certificatePem: pem });

function file(name: string, content: string | Uint8Array): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

async function read(...names: string[]): Promise<Candidate[]> {
	const candidates: Candidate[] = [];
	for await (const candidate of readSources(names, { baudRate: 115_200, timeLimit: 1_000 })) candidates.push(candidate);
	return candidates;
}

async function* chunked(text: string, size: number): AsyncGenerator<Uint8Array> {
	const bytes = Buffer.from(text);
	for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** `17 ok`, `18 problem` */
const outline = (candidates: readonly Candidate[]) =>
	candidates.map(candidate => `${candidate.origin.line ?? "-"} ${"problem" in candidate ? "problem" : "ok"}`);
const problems = (candidates: readonly Candidate[]) =>
	candidates.filter((candidate): candidate is Unreadable => "problem" in candidate).map(({ problem }) => problem);
const uids = (candidates: readonly Candidate[]) =>
	candidates.filter((candidate): candidate is Found => "certificate" in candidate).map(({ uid }) => uid);

test("lines are the same whatever chunks they come in", async () => {
	const text = "one\ntwo\r\n\nfour ü\nlast";
	for (const size of [1, 2, 3, 7, 100]) {
		const lines = [];
		for await (const line of splitLines(chunked(text, size))) lines.push([line.number, line.text]);
		assert.equal(lines, [
			[1, "one"],
			[2, "two"],
			[3, ""],
			[4, "four ü"],
			[5, "last"],
		]);
	}
});

test("a line that is too long is cut, and the next one is whole", async () => {
	const lines = [];
	for await (const line of splitLines(chunked(`${"x".repeat(lineLimit + 1)}\nshort\n`, 10_000)))
		lines.push([line.number, line.tooLong, line.text.length]);
	assert.equal(lines, [
		[1, true, 256],
		[2, false, 5],
	]);
});

test("an NDJSON ledger gives UID and certificate with file and line", async () => {
	const path = file("ledger.ndjson", `${json(first)}\n\n${json(second)}`);
	const candidates = await read(path);
	assert.equal(outline(candidates), ["1 ok", "3 ok"]);
	assert.equal(uids(candidates), [first.uid, second.uid]);
	assert.is(candidates[0]?.origin.name, path);
	assert.is((candidates[0] as Found).certificate, first.pem);
});

test("whatever is wrong with a line of NDJSON, the others are read", async () => {
	const long = JSON.stringify({ uid: "x", certificatePem: "A".repeat(10_000_000) });
	const lines = [json(first), '{"uid": ', "[]", "null", '{"uid":"x"}', '{"certificatePem": 7}', long, json(second)];
	const candidates = await read(file("bad.ndjson", `${lines.join("\n")}\n`));
	assert.equal(outline(candidates), [
		"1 ok",
		"2 problem",
		"3 problem",
		"4 problem",
		"5 problem",
		"6 problem",
		"7 problem",
		"8 ok",
	]);
	assert.match(problems(candidates)[0] ?? "", /not JSON/);
	assert.match(problems(candidates).at(-1) ?? "", /more than 131072 bytes/);
});

test("a gigabyte without a line end costs no memory", async () => {
	const chunk = Buffer.alloc(65_536, "A");
	let peak = 0;
	async function* endless(): AsyncGenerator<Uint8Array> {
		const before = process.memoryUsage().arrayBuffers;
		for (let index = 0; index < 16_384; index++) {
			yield chunk;
			peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
		}
	}
	for await (const line of splitLines(endless())) assert.ok(line.tooLong);
	assert.ok(peak < 64 * 2 ** 20, `${peak} bytes`);
});

test("a CSV ledger with quoted PEM over several lines", async () => {
	const rows = [first, second].map(({ uid, pem }) => `${uid},"${pem}",lot 7`);
	const candidates = await read(file("ledger.csv", `uid,certificatePem,note\r\n${rows.join("\r\n")}\r\n`));
	assert.equal(uids(candidates), [first.uid, second.uid]);
	assert.is(candidates[0]?.origin.line, 2);
});

test("CSV: columns in any order and case, semicolons, tabs, a byte order mark, base64 of DER", async () => {
	for (const separator of [",", ";", "\t"]) {
		const rows = chips.map(({ uid, der }) => [der.toString("base64"), "x", uid].join(separator));
		const text = `\uFEFF${["CertificatePEM", "lot", "UID"].join(separator)}\n${rows.join("\n")}`;
		assert.equal(
			uids(await read(file("columns.csv", text))),
			chips.map(({ uid }) => uid),
		);
	}
});

test("CSV is known by its first line, whatever the file is called", async () => {
	assert.equal(
		uids(await read(file("ledger.txt", `uid,certificatePem\n${first.uid},${first.der.toString("base64")}\n`))),
		[first.uid],
	);
});

test("a quote too much in CSV spoils its own record and no other", async () => {
	const quoted = chips.map(({ uid, pem }) => `"${uid}","${pem}"`);
	const text = ["uid,certificatePem", quoted[0], 'abc",x', quoted[1], quoted[2]].join("\n");
	const candidates = await read(file("quote.csv", text));
	assert.equal(uids(candidates), [first.uid, second.uid, third.uid]);
	assert.is(problems(candidates).length, 1);
});

test("a quote too much in CSV with one line a record spoils its own record and no other", async () => {
	const rows = chips.map(({ uid, der }) => `"${uid}","${der.toString("base64")}"`);
	const candidates = await read(
		file("quote1.csv", ["uid,certificatePem", rows[0], '"abc,x', ...rows.slice(1)].join("\n")),
	);
	assert.equal(
		uids(candidates),
		chips.map(({ uid }) => uid),
	);
	assert.is(problems(candidates).length, 1);
});

test("whatever is wrong with a record of CSV, the others are read", async () => {
	const row = ({ uid, der }: { uid: string; der: Uint8Array }) => `${uid},${Buffer.from(der).toString("base64")}`;
	const text = [
		"uid,certificatePem",
		row(first),
		"one column",
		"a,b,c",
		"uid,",
		`uid,${"A".repeat(10_000_000)}`,
		row(second),
		'uid,"open',
	].join("\n");
	const candidates = await read(file("bad.csv", text));
	assert.equal(outline(candidates), ["2 ok", "3 problem", "4 problem", "5 problem", "6 problem", "7 ok", "8 problem"]);
});

test("a CSV file without the column certificatePem is one problem, at its first line", async () => {
	const candidates = await read(file("nohead.csv", "a,b\n1,2\n3,4\n"));
	assert.equal(outline(candidates), ["1 problem"]);
	assert.match(problems(candidates)[0] ?? "", /uid,certificatePem/);
});

test("every record of CSV is read or reported, whatever line is damaged", async () => {
	const rows = chips
		.map(({ uid, pem }) => `${uid},"${pem.trimEnd()}"`)
		.join("\n")
		.split("\n");
	for (let damaged = 0; damaged < rows.length; damaged++) {
		const lines = rows.map((row, index) => (index === damaged ? `${row}"` : row));
		let good = 0;
		for await (const item of readCsv("ledger", splitLines(chunked(["uid,certificatePem", ...lines].join("\n"), 1_000))))
			good += "certificate" in item && chips.some(({ pem }) => pem.trimEnd() === item.certificate) ? 1 : 0;
		assert.is(good, chips.length - 1, `line ${damaged}`);
	}
});

test("a PEM file, a bundle and a DER file", async () => {
	assert.is((await read(file("one.pem", first.pem))).length, 1);
	assert.equal(outline(await read(file("bundle.pem", `# chips\n${first.pem}${second.pem}`))), [
		"2 ok",
		`${second.pem.split("\n").length + 1} ok`,
	]);
	const [candidate] = await read(file("one.der", first.der));
	assert.equal((candidate as Found).certificate, first.der);
	assert.is(candidate?.origin.line, undefined);
});

test("a PEM block that does not end is a problem at its first line, and the next block is read", async () => {
	const candidates = await read(file("open.pem", `\n-----BEGIN CERTIFICATE-----\nAAAA\n${first.pem}`));
	assert.equal(outline(candidates), ["2 problem", "4 ok"]);
	assert.equal(outline(await read(file("end.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n"))), ["1 problem"]);
	assert.equal(outline(await read(file("endless.pem", `-----BEGIN CERTIFICATE-----\n${"AAAA\n".repeat(3_000)}`))), [
		"1 problem",
	]);
});

test("a file with nothing in it that is known says what a source is", async () => {
	for (const content of ["", "hello\n", "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"]) {
		const candidates = await read(file("nothing.bin", content));
		assert.match(problems(candidates)[0] ?? "", /no certificate in it: a source is PEM/);
	}
});

test("a serial log gives the board's UID, client id and its own SHA-256 with the certificate", async () => {
	const lines: string[] = ["rst:0x1 (POWERON_RESET),boot:0x13"];
	const report = new Report({ print: line => lines.push(line), now: () => 0 });
	report.event("start", { firmware: "test" });
	report.event("identity", { uid: first.uid, clientId: "BABQ+" });
	report.event("certificate", { bytes: 500, certificateId: "ab" });
	for (const line of first.pem.trimEnd().split("\n")) report.line(line);
	report.event("connect", { host: "x" });
	const [candidate, ...others] = await read(file("serial.log", lines.join("\r\n")));
	assert.is(others.length, 0);
	assert.is(candidate?.uid, first.uid);
	assert.equal((candidate as Found).board, { clientId: "BABQ+", certificateId: "ab" });
});

test("a board that restarts, within its certificate or behind it, is one candidate", async () => {
	const said = (uid: string, pem: string) => `    0.000 start\n    0.100 identity    uid=${uid} clientId=x\n${pem}`;
	const text =
		said(first.uid, first.pem.slice(0, 200)) + "\n" + said(first.uid, first.pem) + said(first.uid, first.pem);
	const candidates = await read(file("restart.log", text));
	assert.equal(uids(candidates), [first.uid]);
	assert.is(candidates.length, 1);
});

test("a simulated chip's file gives its UID and certificate", async () => {
	const objects = [
		{ id: "0x7FFF0206", type: "binary", origin: "provisioned", data: first.uid },
		{ id: "0xF0000101", type: "binary", origin: "provisioned", data: `${first.der.toString("hex")}000000000000` },
	];
	const [candidate] = await read(
		file("chip.json", JSON.stringify({ format: 1, variant: "SE050C", boots: 1, objects }, null, "\t")),
	);
	assert.is(candidate?.uid, first.uid);
	assert.is(
		Buffer.from((candidate as Found).certificate)
			.toString("hex")
			.startsWith(first.der.toString("hex")),
		true,
	);
});

test("a folder is walked for files of known names, and links to folders are not followed", async () => {
	const top = join(folder, "chips");
	mkdirSync(join(top, "lot 7"), { recursive: true });
	writeFileSync(join(top, "a.pem"), first.pem);
	writeFileSync(join(top, "lot 7", "b.der"), second.der);
	writeFileSync(join(top, "lot 7", "readme.md"), "no");
	symlinkSync(top, join(top, "lot 7", "loop"));
	const candidates = await read(top);
	assert.equal(candidates.map(({ origin }) => basename(origin.name)).sort(), ["a.pem", "b.der"]);
});

test("a folder without such files is a problem", async () => {
	mkdirSync(join(folder, "empty"));
	assert.match(problems(await read(join(folder, "empty")))[0] ?? "", /no file whose name ends in/);
});

test("a failures file is a source: what had a certificate is tried again, the rest is reported again", async () => {
	const lines = [
		JSON.stringify({ uid: first.uid, certificatePem: first.pem, error: "throttled", source: "ledger:1" }),
		JSON.stringify({ error: "the line is not JSON", source: "ledger:2" }),
	];
	const candidates = await read(file("failures.ndjson", lines.join("\n")));
	assert.equal(outline(candidates), ["1 ok", "2 problem"]);
	assert.match(problems(candidates)[0] ?? "", /the line is not JSON \(in an earlier run, at ledger:2\)/);
});

test("the position of the last candidate is the sources' length", async () => {
	const names = [file("p1.ndjson", `${json(first)}\n${json(second)}\n`), file("p2.der", third.der)];
	const candidates = await read(...names);
	assert.is(candidates.at(-1)?.position, await totalBytes(names));
	assert.ok((candidates[0]?.position ?? 0) < (candidates[1]?.position ?? 0));
});

test("sources that do not exist are reported separately before anything is read", async () => {
	assert.equal(await missingSources([file("there.pem", first.pem), "/nowhere/a.pem", "-"]), ["/nowhere/a.pem"]);
});

test.run();
