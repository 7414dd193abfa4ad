// SPDX-License-Identifier: MIT
// Two chips that claim one UID: whoever comes first, and whichever run or machine they come from, only the certificate
// that the manufacturer has signed gets the device's thing.
import { X509Certificate } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Authorities } from "../../../tools/lib/authorities.js";
import { IotApi } from "../../../tools/provision/account/iot-api.js";
import { arnPrefix } from "../../../tools/provision/account/policy.js";
import { RunError } from "../../../tools/provision/account/service-errors.js";
import type { Item } from "../../../tools/provision/sources/candidate.js";
import { chip, chipKey, ecKey, type MadeChip, manufacturerCa } from "./chips.js";
import { FakeIot } from "./fake-iot.js";
import { resultsOf, runOnce, type Setup, temporaryFolder } from "./harness.js";
import { VirtualPacingClock } from "./virtual-clock.js";

const authorities = new Authorities([new X509Certificate(manufacturerCa())]);
const genuine = chip(0);
const impostors: readonly [string, MadeChip][] = [
	["self-signed, naming the manufacturer", chip(0, { signer: chipKey })],
	["self-signed, naming itself", chip(0, { signer: chipKey, issuerName: `NXP-${genuine.uid}` })],
	["signed by a key of its own, with the manufacturer's name", chip(0, { signer: ecKey("P-256") })],
];

const setUp = (more: Partial<Setup> = {}): Setup & { fake: FakeIot } => ({
	fake: new FakeIot(),
	folder: temporaryFolder(),
	...more,
	runs: { concurrency: 1, ...more.runs },
});

const attached = ({ attachedThings }: FakeIot) => [...attachedThings.keys()].map(pair => pair.split("cert/")[1]);
const active = ({ certificates }: FakeIot) =>
	[...certificates].filter(([, { status }]) => status === "ACTIVE").map(([id]) => id);

for (const [name, impostor] of impostors) {
	test(`${name}: in every order, in one run or several, only the genuine certificate is provisioned`, async () => {
		for (const order of [
			[[genuine, impostor]],
			[[impostor, genuine]],
			[[genuine], [impostor]],
			[[impostor], [genuine]],
			[[impostor], [impostor], [genuine], [impostor]],
		]) {
			const { fake } = setUp();
			for (const chips of order) await runOnce(chips, setUp({ fake, runs: { authorities } }));
			const id = new X509Certificate(genuine.der).fingerprint256.replaceAll(":", "").toLowerCase();
			assert.equal([attached(fake), active(fake), fake.certificates.size], [[id], [id], 1]);
		}
	});

	test(`${name}: without the check of the issuer and with --adopt, the impostor gets the thing`, async () => {
		const { fake } = setUp();
		await runOnce([genuine], setUp({ fake, runs: { authorities } }));
		const [report] = await runOnce([impostor], setUp({ fake, settings: { adopt: true } }));
		assert.is(report?.result, "provisioned");
		assert.is(attached(fake).length, 2);
		assert.is(active(fake).length, 2);
	});
}

test("where any issuer is believed, the second certificate of a UID is refused over runs and machines, and leaves nothing", async () => {
	const [, [, other]] = impostors as [never, [string, MadeChip]];
	for (const [first, second] of [
		[genuine, other],
		[other, genuine],
	] as const) {
		const { fake } = setUp();
		const [one] = await runOnce([first], setUp({ fake }));
		const before = fake.state;
		for (let run = 0; run < 2; run++) {
			const [two] = await runOnce([second], setUp({ fake }));
			assert.is(two?.result, "failed");
			assert.match(
				two?.note ?? "",
				`already belongs to arn:aws:iot:eu-west-1:123456789012:cert/${one?.certificate?.id}`,
			);
			assert.match(two?.note ?? "", /--adopt/);
			assert.equal(fake.state, before);
		}
	}
});

test("a thing that another certificate took over with --adopt is refused to the first one, after its removal too", async () => {
	const [, [, other]] = impostors as [never, [string, MadeChip]];
	const { fake } = setUp();
	await runOnce([genuine], setUp({ fake }));
	assert.equal(resultsOf(await runOnce([other], setUp({ fake, settings: { adopt: true } }))), ["provisioned"]);
	const removing = setUp({ fake, mode: "remove", settings: { adopt: true } });
	assert.equal(resultsOf(await runOnce([genuine], removing)), ["removed"]);
	const [again] = await runOnce([genuine], setUp({ fake }));
	assert.is(again?.result, "failed");
	assert.match(again?.note ?? "", /already belongs to/);
	assert.is(attached(fake).length, 1);
	assert.equal(resultsOf(await runOnce([other], setUp({ fake, mode: "remove" }))), ["removed"]);
	assert.is(fake.things.size, 0);
});

test("two machines at the same moment: one of two certificates gets the thing", async () => {
	const [, [, other]] = impostors as [never, [string, MadeChip]];
	const { fake } = setUp();
	const [one, two] = await Promise.all([runOnce([genuine], setUp({ fake })), runOnce([other], setUp({ fake }))]);
	assert.equal([...resultsOf(one), ...resultsOf(two)].sort(), ["failed", "provisioned"]);
	assert.is(attached(fake).length, 1);
});

test("a dry run names the obstacle and changes nothing", async () => {
	const { fake } = setUp();
	await runOnce([genuine], setUp({ fake }));
	const before = fake.state;
	const [report] = await runOnce([impostors[1]?.[1] as MadeChip], setUp({ fake, mode: "inspect" }));
	assert.is(report?.result, "failed");
	assert.match(report?.note ?? "", /one chip has one certificate/);
	assert.equal(fake.state, before);
});

test("a thing that somebody else made is not used silently, and with --adopt it is", async () => {
	const setup = setUp();
	const thingName = Buffer.from(genuine.uid, "hex").toString("base64url");
	setup.fake.things.set(thingName, { attributes: { room: "lab" } });
	const [report] = await runOnce([genuine], setup);
	assert.is(report?.result, "failed");
	assert.match(report?.note ?? "", `a thing ${thingName} exists that this program did not make`);
	assert.is(setup.fake.certificates.size, 0);
	assert.equal(resultsOf(await runOnce([genuine], { ...setup, settings: { adopt: true } })), ["provisioned"]);
	assert.equal(setup.fake.things.get(thingName)?.attributes, { room: "lab" });
	const [removed] = await runOnce([genuine], { ...setup, mode: "remove" });
	assert.is(removed?.result, "removed");
	assert.match(removed?.note ?? "", /stays: this program did not make it/);
	assert.is(setup.fake.things.size, 1);
	assert.is(setup.fake.certificates.size, 0);
});

test("a removal on another machine knows what this program made by the thing's attribute", async () => {
	const setup = setUp();
	await runOnce([genuine], setup);
	assert.equal(resultsOf(await runOnce([genuine], { ...setUp({ fake: setup.fake }), mode: "remove" })), ["removed"]);
	assert.is(setup.fake.things.size + setup.fake.certificates.size, 0);
});

test("a certificate that was registered by hand is not removed without --adopt", async () => {
	const setup = setUp();
	await runOnce([genuine], { ...setup, folder: temporaryFolder() });
	setup.fake.things.clear();
	setup.fake.attachedThings.clear();
	const [report] = await runOnce([genuine], { ...setup, mode: "remove" });
	assert.is(report?.result, "left");
	assert.match(report?.note ?? "", /--remove --adopt/);
	assert.equal(active(setup.fake).length, 1);
	const adopting: Setup = { ...setup, mode: "remove", settings: { adopt: true } };
	assert.equal(resultsOf(await runOnce([genuine], adopting)), ["removed"]);
});

test("a certificate that was registered by hand and ACTIVE is left, with what is missing and --adopt", async () => {
	const setup = setUp();
	await runOnce([genuine], { ...setup, folder: temporaryFolder() });
	setup.fake.things.clear();
	setup.fake.attachedThings.clear();
	setup.fake.attachedPolicies.clear();
	const [report] = await runOnce([genuine], setup);
	assert.is(report?.result, "present");
	assert.match(report?.note ?? "", /has no policy and no thing BABQA\S+; --adopt adds what is missing/);
	assert.equal(resultsOf(await runOnce([genuine], { ...setup, settings: { adopt: true } })), ["completed"]);
	assert.is(setup.fake.attachedPolicies.size, 1);
	assert.is(attached(setup.fake).length, 1);
});

test("a board's certificate that names no UID is not tied to the chip by the board's word", async () => {
	const silent = chip(0, { commonName: "device", serialNumber: "11" });
	async function* board() {
		const item: Item = { origin: { name: "tty" }, uid: silent.uid, certificate: silent.pem, board: { clientId: "x" } };
		yield { ...item, position: 0 };
	}
	const [refused] = await runOnce(board(), setUp({ runs: { authorities } }));
	assert.match(refused?.note ?? "", /only the board says that it belongs to the chip/);
	assert.equal(resultsOf(await runOnce(board(), setUp())), ["provisioned"]);
});

test("an endpoint that is not a host name ends the run before anything is named after it", async () => {
	for (const endpointAddress of [
		"../../../tmp/evil",
		"a1-ats.iot.amazonaws.com; rm -rf ~",
		"a1-ats.iot.amazonaws.com\u001b[2J",
		"/etc/passwd",
		"",
		"localhost",
		"a..b",
		"-a.b",
		`${"a".repeat(64)}.com`,
		`${"a.".repeat(130)}com`,
	]) {
		const api = new IotApi({ send: async () => ({ endpointAddress }) } as never, {
			clock: new VirtualPacingClock(),
			rate: 100,
		});
		const error = await api.endpoint().then(
			() => undefined,
			(thrown: Error) => thrown,
		);
		assert.instance(error, RunError, endpointAddress);
		assert.match(error?.message ?? "", /is not a host name/);
		assert.not.match(error?.message ?? "", /\u001b/);
	}
	const good = { send: async () => ({ endpointAddress: "A1b2-ats.iot.eu-west-1.amazonaws.com" }) };
	const api = new IotApi(good as never, { clock: new VirtualPacingClock(), rate: 100 });
	assert.is(await api.endpoint(), "a1b2-ats.iot.eu-west-1.amazonaws.com");
});

test("an ARN that is none is not taken into a policy", () => {
	for (const arn of ["arn:aws:iot:*:1:cert/a", 'arn:aws:iot:a"b:123456789012:cert/a', "arn:*:iot:eu-west-1:1:x", "x"])
		assert.throws(() => arnPrefix(arn), /an ARN was expected/, arn);
});

test.run();
