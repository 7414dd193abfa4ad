// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CertificateReport } from "../../../app/certificate-report.js";
import { checkCertificate } from "../../../app/identity.js";
import { Report } from "../../../app/report.js";

const certificate = Uint8Array.of(1, 2, 3);
/** With an issuer's. */
const chain = Uint8Array.of(1, 2, 3, 4, 5);

function setUp({ validFrom = "2023-12-01", validTo = "2043-11-28", today = "2026-11-28", fails = false } = {}) {
	const lines: string[] = [];
	const subject = new CertificateReport({
		report: new Report({ print: line => lines.push(line.slice(10)), now: () => 0 }),
		eachPemLine: (_, take) => take("----------PEM"),
		sha256: () => Uint8Array.of(0xab),
		describe: () => {
			if (fails) throw new Error("Mbed TLS: error -0x2180");
			return { validFrom, validTo };
		},
		today: () => today,
	});
	return { subject, lines };
}

test("where the certificate was read is reported, and its PEM when it is new", () => {
	const { subject, lines } = setUp();
	assert.is(subject.read({ certificate, chain, source: "chip", isNew: true }), chain);
	subject.show({ certificate, chain, isNew: false });
	subject.show({ certificate, chain, source: "chip", isNew: false });
	assert.equal(lines, [
		"certificate bytes=3 certificateId=ab source=chip",
		"PEM",
		"certificate bytes=3 certificateId=ab source=chip",
	]);
});

test("dates that are over, or have not begun, are a warning, once for each certificate", () => {
	const expired = setUp({ validTo: "2026-11-27" });
	for (let connection = 0; connection < 3; connection += 1) expired.subject.show({ certificate, chain, isNew: false });
	assert.is(expired.lines.length, 1);
	assert.match(expired.lines[0] ?? "", /^warning .*expired on 2026-11-27; today is 2026-11-28\. .*new certificate/);
	expired.subject.show({ certificate, chain, isNew: true });
	assert.is(expired.lines.filter(line => line.startsWith("warning")).length, 2);
	const early = setUp({ validFrom: "2026-11-29" });
	early.subject.show({ certificate, chain, isNew: false });
	assert.match(early.lines[0] ?? "", /valid from 2026-11-29 on; today is 2026-11-28\. .*time server/);
});

test("the first and the last day of validity are no reason to warn", () => {
	const { subject, lines } = setUp({ validFrom: "2026-11-28", validTo: "2026-11-28" });
	subject.show({ certificate, chain, isNew: false });
	assert.equal(lines, []);
});

test("at the start the clock may not be right yet: the dates wait for the connection", () => {
	const { subject, lines } = setUp({ today: "1995-01-01" });
	subject.read({ certificate, chain, isNew: false });
	assert.equal(lines, []);
});

test("a certificate that cannot be parsed is shown all the same", () => {
	const { subject, lines } = setUp({ fails: true });
	assert.is(subject.show({ certificate, chain, isNew: false }), chain);
	assert.equal(lines, []);
});

test("why a certificate is not kept is a warning", () => {
	const { subject, lines } = setUp();
	subject.kept(undefined);
	subject.kept("nvs full");
	assert.is(lines.length, 1);
	assert.match(lines[0] ?? "", /not kept.*nvs full/);
});

test("a certificate that a board cannot send is refused at the start, with the limit", () => {
	checkCertificate(new Uint8Array(3_900));
	assert.throws(
		() => checkCertificate(new Uint8Array(3_901)),
		/3901 bytes with its chain; a device sends at most 3900/,
	);
});

test.run();
