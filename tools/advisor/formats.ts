// SPDX-License-Identifier: MIT
import type { AdvisorRow } from "./run.js";

/** A row, as fields of a line of JSON. */
export function rowFields({ testCase, verdict, evidence, seconds }: AdvisorRow): Record<string, unknown> {
	return {
		testCase: testCase.id,
		required: testCase.required,
		verdict,
		duration: Number(seconds.toFixed(3)),
		evidence,
	};
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text for an attribute or an element of XML 1.0: characters that XML does not allow are left out. */
function escaped(text: string): string {
	return text
		.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, "")
		.replace(/[&<>"]/g, character => entities[character] ?? "");
}

function testCaseXml({ testCase, verdict, evidence, seconds }: AdvisorRow): string {
	const head = `<testcase classname="advisor" name="${escaped(testCase.id)}" time="${seconds.toFixed(3)}"`;
	const text = escaped(evidence);
	switch (verdict) {
		case "FAIL":
			return `${head}><failure message="${text}"/></testcase>`;
		case "ERROR":
			return `${head}><error message="${text}"/></testcase>`;
		default:
			return `${head}><system-out>${verdict}: ${text}</system-out></testcase>`;
	}
}

/** The rows as JUnit XML, which CI systems show as tests. A warning is no failure there: its text says what it is about. */
export function junitXml(rows: readonly AdvisorRow[]): string {
	const count = (verdict: string) => rows.filter(row => row.verdict === verdict).length;
	const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
	return [
		'<?xml version="1.0" encoding="UTF-8"?>',
		`<testsuite name="AWS IoT Device Advisor" tests="${rows.length}" failures="${count("FAIL")}" errors="${count("ERROR")}" time="${seconds.toFixed(3)}">`,
		...rows.map(row => `\t${testCaseXml(row)}`),
		"</testsuite>",
		"",
	].join("\n");
}
