// SPDX-License-Identifier: MIT
// Region, profile, credentials and clock, with the SDK itself: against no service, or one that judges signatures by time.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkAccess, clockNote } from "../../../tools/provision/account/access.js";
import { type AccountClientOptions, clockOffset, createClient } from "../../../tools/provision/account/client.js";
import { IotApi } from "../../../tools/provision/account/iot-api.js";
import { classifyError, RunError } from "../../../tools/provision/account/service-errors.js";
import { temporaryFolder } from "./harness.js";
import { VirtualPacingClock } from "./virtual-clock.js";

const test = suite("access");

const folder = temporaryFolder();
const config = join(folder, "config"),
	credentials = join(folder, "credentials");
writeFileSync(config, "[default]\nregion = eu-west-1\n[profile factory]\nregion = us-east-2\n[profile empty]\n");
writeFileSync(credentials, "[factory]\naws_access_key_id = A\naws_secret_access_key = B\n");

const base = {
	AWS_CONFIG_FILE: config,
	AWS_SHARED_CREDENTIALS_FILE: credentials,
	AWS_EC2_METADATA_DISABLED: "true",
};
const keys = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
const before = { ...process.env };

/** Gives the process another environment: the SDK reads it where it is. */
function environment(values: Record<string, string>): void {
	for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
	Object.assign(process.env, base, values);
}

test.after(() => {
	for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
	Object.assign(process.env, before);
});

async function regionOf(values: Record<string, string>, options: AccountClientOptions = {}): Promise<string> {
	environment(values);
	const client = createClient(options, 1);
	await checkAccess(client);
	return client.config.region();
}

async function problemOf(values: Record<string, string>, options: AccountClientOptions = {}): Promise<string> {
	const error = await regionOf(values, options).then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	assert.instance(error, RunError);
	return (error as Error).message;
}

test("the region is the option's, AWS_REGION's, AWS_DEFAULT_REGION's, or the profile's, in this order", async () => {
	const all = { ...keys, AWS_REGION: "ap-south-1", AWS_DEFAULT_REGION: "ca-central-1" };
	assert.is(await regionOf(all, { region: "sa-east-1" }), "sa-east-1");
	assert.is(await regionOf(all), "ap-south-1");
	assert.is(await regionOf({ ...keys, AWS_DEFAULT_REGION: "ca-central-1" }), "ca-central-1");
	assert.is(await regionOf(keys), "eu-west-1");
	assert.is(await regionOf({}, { profile: "factory" }), "us-east-2");
	assert.is(await regionOf({ AWS_PROFILE: "factory" }), "us-east-2");
});

test("a named profile's credentials win over those of the environment, as with the AWS CLI", async () => {
	environment(keys);
	const client = createClient({ profile: "factory" }, 1);
	assert.is((await client.config.credentials()).accessKeyId, "A");
});

test("a region that is missing is said, with what to set", async () => {
	const text = await problemOf({ ...keys, AWS_CONFIG_FILE: "/dev/null" });
	assert.match(text, /^No AWS region is set: give --region, AWS_REGION or AWS_DEFAULT_REGION/);
	assert.match(await problemOf(keys, { region: "eu west" }), /^The AWS region cannot be used/);
});

test("a profile that does not exist is said, with those that do", async () => {
	const text = await problemOf({ ...keys, AWS_REGION: "eu-west-1" }, { profile: "factroy" });
	assert.match(text, /^There is no AWS profile "factroy" .*it has default, factory, empty/);
});

test("credentials that are missing are said, with the remedy", async () => {
	assert.match(await problemOf({ AWS_REGION: "eu-west-1" }), /^No AWS credentials were found: .*\n.*aws configure/);
});

/** A service whose clock is so much ahead, and which refuses signatures of more than five minutes' difference. */
async function serviceAhead(milliseconds: number): Promise<{ url: string; refused(): number; close(): void }> {
	let refused = 0;
	const server = createServer((request, response) => {
		const now = Date.now() + milliseconds;
		const [, year, month, day, hour, minute, second] =
			/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(request.headers["x-amz-date"])) ?? [];
		const signed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
		response.setHeader("date", new Date(now).toUTCString());
		response.setHeader("content-type", "application/json");
		if (Math.abs(now - signed) <= 300_000) {
			response.end('{"endpointAddress":"a1-ats.iot.eu-west-1.amazonaws.com"}');
			return;
		}
		refused += 1;
		response.writeHead(403, { "x-amzn-errortype": "InvalidSignatureException" });
		response.end('{"message":"Signature expired"}');
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		refused: () => refused,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

for (const [minutes, note] of [
	[12, "This machine's clock is 12 minutes slow"],
	[-90, "This machine's clock is 90 minutes fast"],
	[2, undefined],
] as const)
	test(`a clock that is ${minutes} minutes off is corrected by the service's, and ${note ? "said" : "not worth a word"}`, async () => {
		environment({ ...keys, AWS_REGION: "eu-west-1" });
		const service = await serviceAhead(minutes * 60_000);
		const client = createClient({ endpointUrl: service.url }, 1);
		try {
			const api = new IotApi(client, { clock: new VirtualPacingClock(), rate: 100 });
			assert.is(await api.endpoint(), "a1-ats.iot.eu-west-1.amazonaws.com");
			assert.is(await api.endpoint(), "a1-ats.iot.eu-west-1.amazonaws.com");
			assert.is(service.refused(), note ? 1 : 0);
			assert.ok(Math.abs(clockOffset(client) - minutes * 60_000) < 60_000, String(clockOffset(client)));
			assert.match(clockNote(clockOffset(client)) ?? "", note ?? /^$/);
		} finally {
			client.destroy();
			service.close();
		}
	});

test("credentials that are refused although the clock was corrected are blamed, after one repetition", async () => {
	environment({ ...keys, AWS_REGION: "eu-west-1" });
	let calls = 0;
	const server = createServer((_request, response) => {
		calls += 1;
		response.setHeader("date", new Date(Date.now() + 3_600_000).toUTCString());
		response.writeHead(403, { "x-amzn-errortype": "SignatureDoesNotMatch", "content-type": "application/json" });
		response.end('{"message":"no"}');
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const client = createClient({ endpointUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, 1);
	try {
		await new IotApi(client, { clock: new VirtualPacingClock(), rate: 100 }).endpoint();
		assert.unreachable();
	} catch (error) {
		assert.instance(error, RunError);
		assert.match((error as Error).message, /SignatureDoesNotMatch: no\nCheck the credentials/);
	} finally {
		client.destroy();
		server.closeAllConnections();
		server.close();
	}
	assert.is(calls, 2);
});

test("with a wrong clock, an error of another kind is what it is", () => {
	const error = Object.assign(new Error("x"), { $metadata: { httpStatusCode: 404, clockSkewCorrected: true } });
	assert.is(classifyError(Object.assign(error, { name: "ResourceNotFoundException" })), "final");
});

test.run();
