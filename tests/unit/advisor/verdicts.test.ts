// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { junitXml, rowFields } from "../../../tools/advisor/formats.js";
import { Recording } from "../../../tools/advisor/recording.js";
import type { AdvisorRow } from "../../../tools/advisor/run.js";
import { sortSuites } from "../../../tools/advisor/suites.js";
import { qualifies, summary, table } from "../../../tools/advisor/table.js";
import { testCases } from "../../../tools/advisor/test-cases.js";
import type { TestVerdict } from "../../../tools/advisor/verdict.js";

function rowOf(required: boolean, verdict: TestVerdict): AdvisorRow {
	return {
		testCase: { id: `case-${verdict}`, required, fast: true, judge: async () => ({ verdict, evidence: "" }) },
		verdict,
		evidence: "seen",
		seconds: 1.25,
	};
}

test("JUnit XML has a failure for FAIL, an error for ERROR, and escapes what a device printed", () => {
	const rows = [
		rowOf(true, "PASS"),
		rowOf(true, "PASS_WITH_WARNINGS"),
		{ ...rowOf(true, "FAIL"), evidence: '<"a" & \u0001b>' },
		rowOf(false, "ERROR"),
	];
	assert.is(
		junitXml(rows),
		`<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="AWS IoT Device Advisor" tests="4" failures="1" errors="1" time="5.000">
	<testcase classname="advisor" name="case-PASS" time="1.250"><system-out>PASS: seen</system-out></testcase>
	<testcase classname="advisor" name="case-PASS_WITH_WARNINGS" time="1.250"><system-out>PASS_WITH_WARNINGS: seen</system-out></testcase>
	<testcase classname="advisor" name="case-FAIL" time="1.250"><failure message="&lt;&quot;a&quot; &amp; b&gt;"/></testcase>
	<testcase classname="advisor" name="case-ERROR" time="1.250"><error message="seen"/></testcase>
</testsuite>
`,
	);
});

test("a result has its fields for JSON", () => {
	assert.equal(rowFields(rowOf(true, "PASS")), {
		testCase: "case-PASS",
		required: true,
		verdict: "PASS",
		duration: 1.25,
		evidence: "seen",
	});
});

test("the suites of a hello are sorted by what AWS IoT supports and recommends", () => {
	assert.equal(sortSuites([0xc02b, 0xcca9, 0x00ff]), {
		supported: ["ECDHE-ECDSA-AES128-GCM-SHA256"],
		unsupported: ["0xcca9"],
		recommended: true,
	});
	assert.is(sortSuites([0x1301]).recommended, false);
});

test("a wait lasts from the end of a connection to the next hello", () => {
	const recording = new Recording();
	recording.onClientHello([], 100);
	recording.onClosed(1, 1_000);
	recording.onClientHello([], 1_700);
	recording.onClosed(2, 5_000);
	recording.onClientHello([], 8_000);
	recording.onClosed(3, 9_000);
	assert.equal(recording.waits(), [700, 3_000]);
});

test("a warning of a required test case, and a failure of any, mean that the device does not qualify", () => {
	assert.is(qualifies([rowOf(true, "PASS"), rowOf(false, "PASS_WITH_WARNINGS")]), true);
	assert.is(qualifies([rowOf(true, "PASS_WITH_WARNINGS")]), false);
	assert.is(qualifies([rowOf(true, "ERROR")]), false);
	assert.is(qualifies([rowOf(false, "FAIL")]), false);
	assert.is(qualifies([rowOf(false, "ERROR")]), false);
});

test("the table marks required test cases and is summed up", () => {
	const rows = [rowOf(true, "PASS"), rowOf(false, "FAIL")];
	assert.match(table(rows), /case-PASS +Q +PASS +1\.3 +seen\ncase-FAIL +FAIL/);
	assert.is(summary(rows), "1 PASS, 1 FAIL");
});

test("the test cases are AWS' own, each once, with the required ones as the qualification program has them", () => {
	assert.is(new Set(testCases.map(({ id }) => id)).size, testCases.length);
	assert.equal(
		testCases.filter(({ required }) => required).map(({ id }) => id),
		[
			"TLS_Connect",
			"TLS_Support_AWS_IoT_Cipher_Suites",
			"TLS_Receive_Maximum_Size_Fragments",
			"TLS_Large_Size_Server_Cert",
			"TLS_Unsecure_Server_Cert",
			"TLS_Incorrect_Subject_Name_Server_Cert",
			"TLS_Expired_Server_Cert",
			"MQTT_Connect",
			"MQTT_Connect_Jitter_Backoff_Retries",
			"MQTT_Publish",
			"MQTT_Subscribe",
		],
	);
});

test.run();
