// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { IotApi } from "../../../tools/provision/account/iot-api.js";
import {
	defaultPolicyChoice,
	FleetPolicies,
	type PolicyChoice,
	policyOf,
} from "../../../tools/provision/account/policy.js";
import { CallRefusal, RunError } from "../../../tools/provision/account/service-errors.js";
import { readChipCertificate } from "../../../tools/provision/certificate.js";
import { deviceNames } from "../../../tools/provision/identity.js";
import {
	checkDependencies,
	checkRights,
	firstAlone,
	type PreflightOptions,
} from "../../../tools/provision/preflight.js";
import { chip } from "./chips.js";
import { awsError, FakeIot } from "./fake-iot.js";
import { VirtualPacingClock } from "./virtual-clock.js";

function setUp(choice: PolicyChoice = defaultPolicyChoice, thingType?: string): PreflightOptions & { fake: FakeIot } {
	const fake = new FakeIot();
	fake.thingTypes = new Set(["sensor"]);
	const api = new IotApi(fake.client, { clock: new VirtualPacingClock(), rate: 1_000 });
	return { fake, api, policies: new FleetPolicies(api, choice), things: true, thingType };
}

const { uid, pem } = chip(0);
const certificate = readChipCertificate(pem, uid);
const device = deviceNames(uid, "base64url");

async function problemOf(work: Promise<unknown>): Promise<string> {
	const error = await work.then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	assert.instance(error, RunError);
	return (error as Error).message;
}

test("a thing type that does not exist ends the run before the first write, with the command that creates it", async () => {
	const setup = setUp(defaultPolicyChoice, "sensr");
	assert.match(await problemOf(checkDependencies(setup)), /no thing type sensr: create it \(aws iot create-thing-type/);
	assert.equal(setup.fake.writes, []);
	await checkDependencies(setUp(defaultPolicyChoice, "sensor"));
	await checkDependencies({ ...setUp(defaultPolicyChoice, "sensr"), things: false });
});

test("a policy that is to exist and does not, or was changed, ends the run before the first write", async () => {
	assert.match(await problemOf(checkDependencies(setUp({ kind: "existing", name: "mine" }))), /no policy mine/);
	const changed = setUp();
	changed.fake.policies.set(policyOf(defaultPolicyChoice, device, "arn").name, "{}");
	assert.match(await problemOf(checkDependencies(changed)), /has another document/);
	const kept = setUp();
	const { name, document = "" } = policyOf(defaultPolicyChoice, device, "arn:aws:iot:eu-west-1:123456789012");
	kept.fake.policies.set(name, document);
	await checkDependencies(kept);
	assert.equal([...changed.fake.writes, ...kept.fake.writes], []);
});

for (const operation of ["RegisterCertificateWithoutCA", "UpdateCertificate"])
	test(`without the right to ${operation}, the run ends and nothing was written`, async () => {
		const setup = setUp();
		setup.fake.hook = (name, phase) => {
			if (name === operation && phase === "before") throw awsError("AccessDeniedException", 403);
		};
		assert.match(await problemOf(checkRights(setup, certificate)), `iot:${operation}`);
		assert.equal(setup.fake.writes, []);
		assert.equal([setup.fake.certificates.size, setup.fake.things.size], [0, 0]);
	});

test("with all rights the questions change nothing", async () => {
	const setup = setUp();
	await checkRights(setup, certificate);
	assert.equal(setup.fake.writes, []);
	assert.is(setup.fake.refusals.length, 2);
});

test("the first piece of work goes alone; what is wrong for all stops the others before they begin", async () => {
	const begun: number[] = [];
	const end: (() => void)[] = [];
	const work = firstAlone(async (index: number) => {
		begun.push(index);
		await new Promise<void>(resolve => end.push(resolve));
		return index;
	});
	const all = Promise.all([work(1), work(2), work(3)]);
	await Promise.resolve();
	assert.equal(begun, [1]);
	end[0]?.();
	while (end.length < 3) await Promise.resolve();
	end.forEach(resolve => resolve());
	assert.equal(await all, [1, 2, 3]);

	for (const [error, expected] of [
		[new RunError("no right"), 1],
		[new CallRefusal("CreateThing", awsError("InvalidRequestException", 400)), 3],
	] as const) {
		let count = 0;
		const failing = firstAlone(async () => {
			count += 1;
			if (count === 1) throw error;
		});
		await Promise.allSettled([failing(), failing(), failing()]);
		assert.is(count, expected, error.name);
	}
});

test.run();
