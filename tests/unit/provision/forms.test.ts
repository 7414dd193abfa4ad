// SPDX-License-Identifier: MIT
// Sources as people have them: each form gives the same certificate and UID as the plain one, at its true line.

import { X509Certificate } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pemOf } from "../../../tools/lib/pem.js";
import { readChipCertificate } from "../../../tools/provision/certificate.js";
import type { Candidate } from "../../../tools/provision/sources/candidate.js";
import { readSources } from "../../../tools/provision/sources/sources.js";
import { chip, manufacturerCa } from "./chips.js";
import { FakeIot } from "./fake-iot.js";
import { resultsOf, runOnce, temporaryFolder } from "./harness.js";

const folder = temporaryFolder();
const first = chip(1),
	second = chip(2);
const ca = manufacturerCa();
const id = (der: Uint8Array) => new X509Certificate(der).fingerprint256.replaceAll(":", "").toLowerCase();

const utf16 = (text: string, mark = true) => Buffer.from(`${mark ? "\uFEFF" : ""}${text}`, "utf16le");
const bigEndian = (text: string) => utf16(text).swap16();

/** One DER element. */
function der(tag: number, ...contents: Uint8Array[]): Buffer {
	const content = Buffer.concat(contents);
	const { length } = content;
	return Buffer.concat([Buffer.of(tag, ...(length < 128 ? [length] : [0x82, length >> 8, length & 0xff])), content]);
}

/** SignedData as certificate stores export it (RFC 5652, 5.1). */
function pkcs7(...certificates: Uint8Array[]): Buffer {
	const oid = (digits: string) => Buffer.from(digits, "hex");
	const signed = der(
		0x30,
		oid("020101"),
		der(0x31),
		der(0x30, oid("06092a864886f70d010701")),
		der(0xa0, ...certificates),
		der(0x31),
	);
	return der(0x30, oid("06092a864886f70d010702"), der(0xa0, signed));
}

const lines64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64").replace(/.{64}/g, "$&\n");

async function read(name: string, content: string | Uint8Array): Promise<Candidate[]> {
	const path = join(folder, name);
	writeFileSync(path, content);
	const candidates: Candidate[] = [];
	for await (const candidate of readSources([path], { baudRate: 115_200, timeLimit: 1_000 }))
		candidates.push(candidate);
	return candidates;
}

/** Line, UID as it is in the source, and certificateId of each candidate; or its problem. */
const outline = (candidates: readonly Candidate[]) =>
	candidates.map(candidate => {
		const line = candidate.origin.line ?? 0;
		if ("problem" in candidate) return `${line} ${candidate.problem}`;
		return `${line} ${candidate.uid ?? "-"} ${readChipCertificate(candidate.certificate, undefined).id}`;
	});

const { uid, pem } = first;
const row = JSON.stringify({ uid, certificatePem: pem });
const whole = (line: number, name = uid) => [`${line} ${name} ${id(first.der)}`];
const oneLine = pem.trimEnd().replaceAll("\n", "");
const spaced = pem.trimEnd().replaceAll("\n", " ");
const base64 = first.der.toString("base64");
const csv = `uid,certificatePem\n${uid},${base64}\n`;

for (const [name, content, expected] of [
	["UTF-16 PEM, as PowerShell writes it", utf16(pem.replaceAll("\n", "\r\n")), whole(1, "-")],
	["UTF-16 PEM, big endian", bigEndian(pem), whole(1, "-")],
	["UTF-16 PEM without a byte order mark", utf16(pem, false), whole(1, "-")],
	["UTF-16 CSV, as Excel's Unicode text", utf16(csv.replaceAll(",", "\t")), whole(2)],
	["UTF-16 NDJSON", utf16(row), whole(1)],
	["PEM with CR line ends", pem.replaceAll("\n", "\r"), whole(1, "-")],
	["CSV with CR line ends", csv.replaceAll("\n", "\r"), whole(2)],
	["CSV with quoted PEM and CR line ends", `uid,certificatePem\r${uid},"${pem.replaceAll("\n", "\r")}"\r`, whole(2)],
	["PEM in one line", oneLine, whole(1, "-")],
	["PEM in one line with spaces", `${spaced}\n`, whole(1, "-")],
	["PEM in one line with written \\r\\n", pem.replaceAll("\n", "\\r\\n"), whole(1, "-")],
	["one-line PEM in CSV", `uid,certificatePem\n${uid},${spaced}\n`, whole(2)],
	["written \\r\\n in CSV", `uid,certificatePem\n${uid},${pem.replaceAll("\n", "\\r\\n")}\n`, whole(2)],
	["written \\r\\n in JSON", JSON.stringify({ uid, certificatePem: pem.replaceAll("\n", "\\r\\n") }), whole(1)],
	[
		"TRUSTED CERTIFICATE",
		pemOf(Buffer.concat([first.der, der(0x30, der(0x30), der(0x0c, Buffer.from("alias")))])).replace(
			/(BEGIN|END) /g,
			"$1 TRUSTED ",
		),
		whole(1, "-"),
	],
	["X509 CERTIFICATE", pem.replace(/(BEGIN|END) /g, "$1 X509 "), whole(1, "-")],
	["a JSON string", JSON.stringify(pem), whole(1, "-")],
	["a JSON array of strings", JSON.stringify([pem], null, 2), whole(2, "-")],
	["a JSON array in one line", `[${row}]`, whole(1)],
	["a pretty-printed JSON array", JSON.stringify([{ uid, certificatePem: pem }], null, 4), whole(2)],
	["a pretty-printed JSON object", JSON.stringify({ uid, certificatePem: pem }, null, "\t"), whole(1)],
	["an object whose first member is in its first line", `{"uid": "${uid}",\n "certificatePem": "${base64}"}`, whole(1)],
	["other members and nested ones", `[\n{"a": {"b": ["]}", 1]}, "uid": "${uid}", "cert": "${base64}"}\n]`, whole(2)],
	["gzip of NDJSON", gzipSync(row), whole(1)],
	["gzip of PEM", gzipSync(pem), whole(1, "-")],
	["gzip of UTF-16 CSV", gzipSync(utf16(csv)), whole(2)],
	["gzip of DER", gzipSync(first.der), whole(0, "-")],
	["PKCS#7 with its chain", pkcs7(ca, first.der), whole(0, "-")],
	[
		"PKCS#7 as PEM",
		`-----BEGIN PKCS7-----\n${lines64(pkcs7(first.der, ca))}\n-----END PKCS7-----\n`,
		[`${lines64(pkcs7(first.der, ca)).split("\n").length + 2} - ${id(first.der)}`],
	],
	["base64 of PKCS#7", lines64(pkcs7(ca, first.der)), whole(0, "-")],
	["base64 of DER", `${lines64(first.der)}\n`, whole(0, "-")],
	["base64 of PKCS#7 in CSV", `uid,cert\n${uid},${pkcs7(ca, first.der).toString("base64")}\n`, whole(2)],
	["DER padded with FF", Buffer.concat([first.der, Buffer.alloc(30, 0xff)]), whole(0, "-")],
	["DER with a line end", Buffer.concat([first.der, Buffer.from("\r\n")]), whole(0, "-")],
	["sep=;", `sep=;\r\nuid;certificatePem\r\n${uid};${base64}\r\n`, whole(3)],
	["sep= in quotes, with tabs", `"sep=\t"\nuid\tcertificatePem\n${uid}\t${base64}\n`, whole(3)],
	["column names as people write them", `Chip-UID , Certificate_PEM\n${uid},${base64}\n`, whole(2)],
	["short column names", `cert,uid\n${base64},${uid}\n`, whole(2)],
	["JSON member names as people write them", JSON.stringify({ chipUid: uid, "Certificate PEM": pem }), whole(1)],
	["rows without trailing empty columns", `uid,certificatePem,lot,note\n${uid},${base64}\n`, whole(2)],
	["Excel's text guard", `uid,certificatePem\n"=""${uid}""",${base64}\n`, whole(2)],
	["Excel's text guard without quotes around", `uid,certificatePem\n="${uid}",${base64}\n`, whole(2)],
	["an apostrophe as text guard", `uid,certificatePem\n'${uid},${base64}\n`, whole(2)],
	["a chain in a field", `uid,certificatePem\n${uid},"${pem}${pemOf(ca)}"\n`, whole(2)],
] as const)
	test(name, async () => assert.equal(outline(await read("source", content)), expected));

test("a chain file: the chip's certificate is provisioned, the CAs are passed over and counted", async () => {
	const path = join(folder, "chain.pem");
	writeFileSync(path, `${pem}${pemOf(ca)}${pemOf(manufacturerCa())}`);
	const reports = await runOnce(readSources([path], { baudRate: 115_200, timeLimit: 1_000 }), {
		fake: new FakeIot(),
		folder: temporaryFolder(),
		runs: { concurrency: 1 },
	});
	assert.equal(resultsOf(reports), ["provisioned", "authority", "authority"]);
});

test("a ledger whose line has a CA's certificate fails there: the chip's is missing", async () => {
	const path = join(folder, "ca.ndjson");
	writeFileSync(path, JSON.stringify({ uid, certificatePem: pemOf(ca) }));
	const reports = await runOnce(readSources([path], { baudRate: 115_200, timeLimit: 1_000 }), {
		fake: new FakeIot(),
		folder: temporaryFolder(),
	});
	assert.equal(resultsOf(reports), ["failed"]);
});

/** A board's lines as a terminal or logger keeps them, with ESP-IDF's own lines in the certificate. */
function serialLog(decorate: (line: string, index: number) => string, noise: readonly string[] = []): string {
	const body = pem.trimEnd().split("\n");
	const lines = [
		"rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
		"    0.000 start       firmware=moddable-se050@0.1.0",
		`    0.100 identity    uid=${uid} clientId=x`,
		`    0.140 certificate bytes=${first.der.length} certificateId=${id(first.der)} source=chip`,
		...body.flatMap((line, index) => (index === 3 ? [line, ...noise] : [line])),
		"    0.200 connect     host=x port=8883",
	];
	return lines.map((line, index) => decorate(line, index)).join("\r\n");
}

for (const [name, decorate, noise] of [
	["dates in brackets", line => `[2026-11-28 02:00:00] ${line}`],
	["dates with milliseconds and zone", line => `2026-11-28T02:00:00.123+09:00 ${line}`],
	["times in brackets", line => `[02:00:00.123] ${line}`],
	["Arduino's times", line => `02:00:00.123 -> ${line}`],
	["PlatformIO's times", line => `02:00:00.123 > ${line}`],
	["the names of npm start", line => `device-1 │ ${line}`],
	["the names of docker compose, with a time", line => `board-7  | 2026-11-28 02:00:00 ${line}`],
	["the journal of systemd", line => `Nov 28 02:00:00 host picocom[812]: ${line}`],
	["colours", line => `\u001b[0;32m${line}\u001b[0m`],
	["colours, a name and a time", line => `\u001b[36mdevice-1 │\u001b[39m [02:00:00] ${line}`],
	[
		"log lines in between",
		line => line,
		["I (1234) wifi:new:<11,0>", "\u001b[0;33mW (1240) x: y\u001b[0m", "ready", "OK"],
	],
	["log lines in between, with times", line => `[02:00:00] ${line}`, ["done", "I (1) a: b", "MIIB"]],
] as [string, (line: string, index: number) => string, string[]?][])
	test(`a serial log with ${name}`, async () => {
		const [candidate, ...others] = await read("serial.log", serialLog(decorate, noise));
		assert.is(others.length, 0);
		assert.ok(candidate && "certificate" in candidate);
		assert.is(candidate.uid, uid);
		assert.equal("board" in candidate ? candidate.board : undefined, { clientId: "x", certificateId: id(first.der) });
		assert.is("certificate" in candidate ? readChipCertificate(candidate.certificate, uid).id : "", id(first.der));
	});

test("a garbled line of a serial log is passed over", async () => {
	const log = `    0.050 warning     message="a \\x b"\n    0.051 warning     message="\\u12"\n${serialLog(line => line)}`;
	assert.is((await read("garbled.log", log))[0]?.uid, uid);
});

for (const [name, content, reason] of [
	["a PKCS#12 file", der(0x30, Buffer.from("020103", "hex"), Buffer.alloc(300)), /PKCS#12 file/],
	["an Excel workbook", Buffer.from("504b030414000600", "hex"), /save the sheet as CSV/],
	["an old Excel workbook", Buffer.from("d0cf11e0a1b11ae1", "hex"), /save the sheet as CSV/],
	["a file of macOS's attributes", Buffer.from("0005160700020000", "hex"), /macOS/],
	["a column name that is misspelled", "uid,certifcatePem\n1,2\n", /it has uid, certifcatePem/],
	["JSON without a certificate", '{"uid": "x", "crt": "y"}', /its members: uid, crt/],
	["a JSON document that does not end", '[{"uid": "x', /not JSON/],
	["a JSON document that grows without an end", `[{"uid": "${"x".repeat(200_000)}`, /more than 131072 characters/],
	["a row with too many fields", `uid,certificatePem\n${uid},${base64},x\n`, /3 fields, the first line 2 columns/],
	["an empty column", `uid,cert\n${uid},\n`, /the column cert is empty/],
	["gzip that breaks off", gzipSync(row).subarray(0, 100), /reading failed/],
] as const)
	test(`the cause is named: ${name}`, async () => {
		const name = content.toString().startsWith("uid") ? "bad.csv" : "bad";
		const [candidate] = await read(name, content);
		assert.ok(candidate);
		const problem =
			"problem" in candidate
				? candidate.problem
				: (() => {
						try {
							readChipCertificate(candidate.certificate, undefined);
							return "";
						} catch (error) {
							return (error as Error).message;
						}
					})();
		assert.match(problem, reason);
	});

test("a UID that a spreadsheet has made a number of is named as that", async () => {
	const path = join(folder, "number.csv");
	writeFileSync(path, `uid,certificatePem\n4.005E+34,${base64}\n`);
	const [report] = await runOnce(readSources([path], { baudRate: 115_200, timeLimit: 1_000 }), {
		fake: new FakeIot(),
		folder: temporaryFolder(),
	});
	assert.match(report?.note ?? "", /spreadsheet took it for a number/);
});

test("an array of many, with one that is wrong, gives the others at their lines", async () => {
	const rows = [first, second].map(made => ({ uid: made.uid, certificatePem: made.pem }));
	const text = JSON.stringify([rows[0], { uid: "x" }, rows[1]], null, 1);
	const candidates = await read("many.json", text);
	assert.equal(
		candidates.map(({ origin }) => origin.line),
		[2, 6, 9],
	);
	assert.is(candidates.filter(candidate => "certificate" in candidate).length, 2);
});

test("a folder is walked without the ._ files of macOS, with packed files and PKCS#7", async () => {
	const top = join(folder, "mac");
	mkdirSync(top);
	writeFileSync(join(top, "a.pem"), pem);
	writeFileSync(join(top, "._a.pem"), Buffer.from("0005160700020000", "hex"));
	writeFileSync(join(top, "b.ndjson.gz"), gzipSync(row));
	writeFileSync(join(top, "c.p7b"), pkcs7(second.der));
	const found: string[] = [];
	for await (const { origin } of readSources([top], { baudRate: 115_200, timeLimit: 1_000 })) found.push(origin.name);
	assert.equal(found.map(name => basename(name)).sort(), ["a.pem", "b.ndjson.gz", "c.p7b"]);
});

test.run();
