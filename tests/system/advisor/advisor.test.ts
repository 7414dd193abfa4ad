// SPDX-License-Identifier: MIT
/** Device Advisor's test cases that take a few seconds, put to the firmware on XS and a simulated chip. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runTestCases } from "../../../tools/advisor/run.js";
import { testSettings } from "../../../tools/advisor/settings.js";
import { table } from "../../../tools/advisor/table.js";
import { testCases } from "../../../tools/advisor/test-cases.js";
import { build } from "../../../tools/build/build.js";
import { run as runProgram } from "../iot-core/fixture.js";

test("every fast test case passes without a warning", async () => {
	const fast = testCases.filter(testCase => testCase.fast);
	const rows = await runTestCases(fast, {
		built: await build(),
		settings: testSettings,
		policy: "least-privilege",
		seed: "advisor test",
		atOnce: 2,
	});
	assert.is(rows.length, fast.length);
	assert.ok(
		rows.every(({ verdict }) => verdict === "PASS"),
		table(rows),
	);
});

test("a device that completes a handshake which it should have refused fails", async () => {
	const expired = testCases
		.filter(({ id }) => id === "TLS_Expired_Server_Cert")
		.map(testCase => ({ ...testCase, scenario: {} }));
	const [row] = await runTestCases(expired, {
		built: await build(),
		settings: testSettings,
		policy: "least-privilege",
		seed: "advisor test",
		atOnce: 1,
	});
	assert.is(row?.verdict, "FAIL");
	assert.match(row?.evidence ?? "", /completed the handshake/);
});

test("a device with the try-out policy connects, and fails the test of its policies", async () => {
	const cases = testCases.filter(({ id }) => ["MQTT_Connect", "Security_Device_Policies"].includes(id));
	const rows = await runTestCases(cases, {
		built: await build(),
		settings: testSettings,
		policy: "try-out",
		seed: "advisor test",
		atOnce: 2,
	});
	assert.equal(
		rows.map(({ verdict }) => verdict),
		["PASS", "FAIL"],
		table(rows),
	);
	assert.match(rows[1]?.evidence ?? "", /wildcards in \*/);
});

test("an unknown test case is refused with the known ones", async () => {
	const { status, stderr } = await runProgram(process.execPath, ["tools/run.mjs", "advisor", "--only", "TLS_Unknown"]);
	assert.is(status, 1);
	assert.match(stderr, /TLS_Connect/);
});

test("a board without this machine's address is refused", async () => {
	const { status, stderr } = await runProgram(process.execPath, [
		"tools/run.mjs",
		"advisor",
		"--device",
		"040050018641baee9bf71e042733d23e1f90",
	]);
	assert.is(status, 1);
	assert.match(stderr, /--device needs --address/);
});

test.run();
