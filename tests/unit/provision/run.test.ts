// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RunError } from "../../../tools/provision/account/service-errors.js";
import type { Candidate, Item } from "../../../tools/provision/sources/candidate.js";
import { chip, chipUid } from "./chips.js";
import { awsError, FakeIot, networkError } from "./fake-iot.js";
import { candidatesOf, resultsOf, runOnce, type Setup, temporaryFolder } from "./harness.js";

const chips = [0, 1, 2].map(index => chip(index));
const [first, second, third] = chips as [
	(typeof chips)[0] & object,
	(typeof chips)[0] & object,
	(typeof chips)[0] & object,
];

const setUp = (more: Partial<Setup> = {}): Setup & { fake: FakeIot } => ({
	fake: new FakeIot(),
	folder: temporaryFolder(),
	runs: { concurrency: 1 },
	...more,
});

const statuses = (fake: FakeIot) => [...fake.certificates.values()].map(({ status }) => status);
const operations = (fake: FakeIot) => fake.writes.map(write => write.split(" ")[0]);

async function* listed(items: readonly Item[]): AsyncGenerator<Candidate> {
	for (const item of items) yield { ...item, position: 0 };
}

test("the order is thing, register INACTIVE, policy, attachment, and ACTIVE last", async () => {
	const { fake, ...setup } = setUp();
	let status: string | undefined;
	fake.hook = (operation, phase) => {
		if (operation === "GetPolicy" && phase === "before") [status] = statuses(fake);
	};
	assert.equal(resultsOf(await runOnce([first], { fake, ...setup })), ["provisioned"]);
	assert.equal(operations(fake), [
		"CreateThing",
		"RegisterCertificateWithoutCA",
		"CreatePolicy",
		"AttachPolicy",
		"AttachThingPrincipal",
		"UpdateCertificate",
	]);
	assert.is(status, "INACTIVE");
	assert.equal(statuses(fake), ["ACTIVE"]);
});

test("a second run writes nothing", async () => {
	const setup = setUp();
	await runOnce(chips, setup);
	const writes = setup.fake.writes.length;
	assert.equal(resultsOf(await runOnce(chips, setup)), ["present", "present", "present"]);
	assert.is(setup.fake.writes.length, writes);
});

test("many certificates are looked up in one list instead of one by one", async () => {
	const many = Array.from({ length: 600 }, (_, index) => chip(index));
	const setup = setUp({ runs: { concurrency: 16 } });
	await runOnce(many, setup);
	setup.fake.calls.length = 0;
	const results = resultsOf(await runOnce(many, setup));
	assert.is(results.filter(result => result === "present").length, 600);
	assert.is(setup.fake.calls.filter(call => call === "DescribeCertificate").length, 64);
	assert.is(setup.fake.calls.filter(call => call === "ListCertificates").length, 3);
});

test("an account whose certificates are gone is provisioned anew, whatever the journal says", async () => {
	const setup = setUp();
	await runOnce([first], setup);
	setup.fake.certificates.clear();
	setup.fake.attachedPolicies.clear();
	setup.fake.attachedThings.clear();
	assert.equal(resultsOf(await runOnce([first], setup)), ["provisioned"]);
	assert.equal(statuses(setup.fake), ["ACTIVE"]);
});

test("a certificate that somebody has deactivated since stays so, and is reported", async () => {
	const setup = setUp();
	await runOnce([first], setup);
	for (const certificate of setup.fake.certificates.values()) certificate.status = "INACTIVE";
	const [report] = await runOnce([first], setup);
	assert.is(report?.result, "left");
	assert.match(report?.note ?? "", /somebody has deactivated it/);
	assert.equal(statuses(setup.fake), ["INACTIVE"]);
	assert.equal(resultsOf(await runOnce([first], { ...setup, settings: { adopt: true } })), ["completed"]);
	assert.equal(statuses(setup.fake), ["ACTIVE"]);
});

test("a REVOKED certificate stays so, also with --adopt", async () => {
	const setup = setUp({ settings: { adopt: true } });
	await runOnce([first], setup);
	for (const certificate of setup.fake.certificates.values()) certificate.status = "REVOKED";
	assert.equal(resultsOf(await runOnce([first], setup)), ["left"]);
});

test("what another program has registered is left alone, and completed with --adopt", async () => {
	const setup = setUp();
	await runOnce([first], { ...setup, folder: temporaryFolder() });
	for (const certificate of setup.fake.certificates.values()) certificate.status = "INACTIVE";
	setup.fake.attachedPolicies.clear();
	assert.equal(resultsOf(await runOnce([first], setup)), ["left"]);
	assert.equal(resultsOf(await runOnce([first], { ...setup, settings: { adopt: true } })), ["completed"]);
	assert.is(setup.fake.attachedPolicies.size, 1);
	assert.equal(statuses(setup.fake), ["ACTIVE"]);
});

test("a certificate registered by somebody else between look and registration is completed", async () => {
	const setup = setUp();
	await runOnce([first], { ...setup, folder: temporaryFolder() });
	const [id = "", registered = { status: "", pem: "" }] = [...setup.fake.certificates][0] ?? [];
	setup.fake.certificates.clear();
	setup.fake.hook = (operation, phase) => {
		if (operation === "RegisterCertificateWithoutCA" && phase === "before") setup.fake.certificates.set(id, registered);
	};
	assert.equal(resultsOf(await runOnce([first], setup)), ["provisioned"]);
});

test("an answer that is lost on the way is no second registration", async () => {
	const setup = setUp();
	let lost = false;
	setup.fake.hook = (operation, phase) => {
		if (operation !== "RegisterCertificateWithoutCA" || phase !== "after" || lost) return;
		lost = true;
		throw networkError("ECONNRESET");
	};
	assert.equal(resultsOf(await runOnce(chips, setup)), ["provisioned", "provisioned", "provisioned"]);
	assert.equal(statuses(setup.fake), ["ACTIVE", "ACTIVE", "ACTIVE"]);
});

test("every operation that fails for one certificate fails that one only, and the next run completes it", async () => {
	for (const operation of [
		"RegisterCertificateWithoutCA",
		"AttachPolicy",
		"CreateThing",
		"AttachThingPrincipal",
		"UpdateCertificate",
	]) {
		const setup = setUp();
		let failed = false;
		setup.fake.hook = (name, phase) => {
			if (name !== operation || phase !== "before" || failed) return;
			failed = true;
			throw awsError("InvalidRequestException", 400);
		};
		const reports = await runOnce(chips, setup);
		assert.equal(resultsOf(reports), ["failed", "provisioned", "provisioned"], operation);
		assert.match(reports[0]?.note ?? "", `${operation}: InvalidRequestException`);
		const again = resultsOf(await runOnce([first], setup));
		assert.equal(
			again,
			[["CreateThing", "RegisterCertificateWithoutCA"].includes(operation) ? "provisioned" : "completed"],
			operation,
		);
		assert.equal(statuses(setup.fake), ["ACTIVE", "ACTIVE", "ACTIVE"]);
		assert.is(new Set(setup.fake.writes).size, setup.fake.writes.length, operation);
	}
});

test("credentials that expire on the way stop the run, and the next one goes on", async () => {
	const setup = setUp();
	let left = 9;
	setup.fake.hook = (_operation, phase) => {
		if (phase === "before" && left-- <= 0) throw awsError("ExpiredTokenException", 403);
	};
	let error: unknown;
	await runOnce(chips, setup).catch((thrown: unknown) => {
		error = thrown;
	});
	assert.instance(error, RunError);
	setup.fake.hook = () => undefined;
	await runOnce(chips, setup);
	assert.equal(statuses(setup.fake), ["ACTIVE", "ACTIVE", "ACTIVE"]);
	assert.is(new Set(setup.fake.writes).size, setup.fake.writes.length);
});

test("whatever is wrong with a candidate, the others are provisioned", async () => {
	const expired = chip(3, { notAfter: new Date("2024-01-01T00:00:00Z") });
	const items: Item[] = [
		{ origin: { name: "l", line: 1 }, problem: "not JSON" },
		{ origin: { name: "l", line: 2 }, uid: expired.uid, certificate: expired.pem },
		{ origin: { name: "l", line: 3 }, uid: chipUid(9), certificate: first.pem },
		{ origin: { name: "l", line: 4 }, uid: "xyz", certificate: first.pem },
		{ origin: { name: "l", line: 5 }, uid: first.uid, certificate: first.pem },
		{ origin: { name: "l", line: 6 }, uid: first.uid, certificate: first.pem },
		{ origin: { name: "l", line: 7 }, uid: first.uid, certificate: chip(0, { commonName: "again" }).pem },
		{ origin: { name: "l", line: 8 }, uid: second.uid, certificate: second.pem, board: { certificateId: "ab" } },
		{ origin: { name: "l", line: 9 }, uid: third.uid, certificate: third.pem },
	];
	const setup = setUp();
	const reports = await runOnce(listed(items), setup);
	assert.equal(resultsOf(reports), [
		"failed",
		"failed",
		"failed",
		"failed",
		"provisioned",
		"duplicate",
		"failed",
		"failed",
		"provisioned",
	]);
	for (const [index, pattern] of [
		/not JSON/,
		/expired at 2024/,
		/another chip's/,
		/"xyz" is not the UID/,
		undefined,
		/same certificate came earlier/,
		/another certificate of the UID/,
		/came over the serial line/,
	].entries())
		assert.match(reports[index]?.note ?? "", pattern ?? /^$/);
	assert.equal(
		reports.map(({ candidate }) => candidate.origin.line),
		[1, 2, 3, 4, 5, 6, 7, 8, 9],
	);
	assert.is(setup.fake.certificates.size, 2);
});

test("a certificate that does not name its UID is believed, unless --require-uid asks for that", async () => {
	const silent = chip(0, { commonName: "device", serialNumber: "11" });
	assert.equal(resultsOf(await runOnce([silent], setUp())), ["provisioned"]);
	assert.equal(resultsOf(await runOnce([silent], setUp({ runs: { requireUid: true } }))), ["failed"]);
});

test("things carry the UID and their type; a base64 client id's thing is the certificate's only one", async () => {
	const uid = "04005001b10d3d3fa75885042719d23e1f90";
	const setup = setUp({ runs: { form: "base64", concurrency: 1 }, settings: { thingType: "sensor" } });
	const [report] = await runOnce([chip(0, { uid })], setup);
	const attributes = { uid, "moddable-se050-certificate": report?.certificate?.id };
	assert.equal([...setup.fake.things], [["BABQAbENPT-nWIUEJxnSPh-Q", { attributes, type: "sensor" }]]);
	assert.equal([...setup.fake.attachedThings.values()], ["EXCLUSIVE_THING"]);
});

test("without things, nothing about things is called", async () => {
	const setup = setUp({ choice: { kind: "try-out" }, settings: { things: false } });
	await runOnce(chips, setup);
	assert.equal(
		setup.fake.calls.filter(call => /Thing/.test(call)),
		[],
	);
	assert.equal([...setup.fake.policies.keys()], ["moddable-se050-try-out"]);
});

test("a removal deactivates first, deletes the certificate last, and what is not there is no error", async () => {
	const setup = setUp();
	await runOnce([first, second], setup);
	setup.fake.writes.length = 0;
	assert.equal(resultsOf(await runOnce(chips, { ...setup, mode: "remove" })), ["removed", "removed", "absent"]);
	assert.equal(operations(setup.fake).slice(0, 5), [
		"UpdateCertificate",
		"DetachThingPrincipal",
		"DetachPolicy",
		"DeleteThing",
		"DeleteCertificate",
	]);
	assert.equal(setup.fake.refusals, []);
	assert.equal(resultsOf(await runOnce([first], setup)), ["provisioned"]);
});

test("a removal deletes a device's own policy, and leaves a thing that another certificate is attached to", async () => {
	const uid = "04005001b10d3d3fa75885042719d23e1f90";
	const setup = setUp({ runs: { form: "base64", concurrency: 1 } });
	const device = chip(0, { uid });
	await runOnce([device], setup);
	setup.fake.attachedThings.set("BABQAbENPT-nWIUEJxnSPh-Q other", undefined);
	await runOnce([device], { ...setup, mode: "remove" });
	assert.is(setup.fake.policies.size, 0);
	assert.is(setup.fake.things.size, 1);
});

test("deleting waits until AWS has detached", async () => {
	const setup = setUp();
	await runOnce([first], setup);
	let early = 3;
	setup.fake.hook = (operation, phase) => {
		if (operation === "DeleteThing" && phase === "before" && early-- > 0)
			throw awsError("InvalidRequestException", 400);
	};
	assert.equal(resultsOf(await runOnce([first], { ...setup, mode: "remove" })), ["removed"]);
	assert.is(setup.fake.things.size, 0);
});

test("the progress is not ahead of what is still under way", async () => {
	const setup = setUp({ runs: { concurrency: 4 } });
	const many = Array.from({ length: 20 }, (_, index) => chip(index));
	let slow: (() => void) | undefined;
	setup.fake.hook = (operation, phase) => {
		if (operation === "RegisterCertificateWithoutCA" && phase === "before" && !slow)
			return new Promise<void>(resolve => {
				slow = resolve;
			});
		if (setup.fake.writes.filter(write => write.startsWith("UpdateCertificate")).length === 19) slow?.();
		return undefined;
	};
	const positions = (await runOnce(many, setup)).map(({ position }) => position);
	assert.equal(
		positions.slice(0, 18),
		Array.from({ length: 18 }, () => positions[0]),
	);
	assert.ok((positions[0] ?? 20) <= 4);
	assert.is(Math.max(...positions), 20);
});

test("an abort takes no further candidate and finishes what is under way", async () => {
	const controller = new AbortController();
	const setup = setUp();
	setup.fake.hook = operation => {
		if (operation === "AttachPolicy") controller.abort();
	};
	const reports = await runOnce(candidatesOf(chips), { ...setup, runs: { concurrency: 1, signal: controller.signal } });
	assert.equal(resultsOf(reports), ["provisioned"]);
	assert.equal(statuses(setup.fake), ["ACTIVE"]);
});

test.run();
