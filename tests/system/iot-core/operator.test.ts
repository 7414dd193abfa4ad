// SPDX-License-Identifier: MIT
/** Who may use the control plane: this machine's programs, and with --listen those that have the credentials. */
import { request } from "node:http";
import { AttachPolicyCommand, IoTClient, ListAttachedPoliciesCommand, ListPoliciesCommand } from "@aws-sdk/client-iot";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { aws } from "../aws-cli.js";
import { Fixture } from "./fixture.js";

/** All addresses: this one too is not loopback, so that the control plane guards itself. */
const everywhere = "0.0.0.0";

const test = suite<{ local: Fixture; open: Fixture }>("the operator's side");

test.before(async context => {
	context.local = await Fixture.start();
	context.open = await Fixture.start({ controlAddress: everywhere });
});

test.after(async ({ local, open }) => {
	await local.close();
	await open.close();
});

const anySignature = `AWS4-HMAC-SHA256 Credential=any/20260101/ap-northeast-1/iot/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`;

interface Refused {
	status: number;
	errorType: string;
	message: string;
}

/** GET /policies at the control plane. */
function get({ core }: Fixture, headers: Record<string, string>): Promise<Refused> {
	return new Promise((resolve, reject) => {
		const sent = request(`${core.controlUrl}/policies`, { headers }, response => {
			let text = "";
			response.on("data", data => (text += data));
			response.on("end", () =>
				resolve({
					status: response.statusCode ?? 0,
					errorType: String(response.headers["x-amzn-errortype"] ?? ""),
					message: (JSON.parse(text) as { message?: string }).message ?? "",
				}),
			);
		});
		sent.on("error", reject);
		sent.end();
	});
}

/** A client with credentials of its own. */
function client({ core }: Fixture, accessKeyId: string, secretAccessKey: string): IoTClient {
	const credentials = { accessKeyId, secretAccessKey };
	return new IoTClient({ endpoint: core.controlUrl, region: core.region, maxAttempts: 1, credentials });
}

async function failure(call: Promise<unknown>): Promise<string> {
	try {
		await call;
	} catch (error) {
		return `${(error as Error).name}: ${(error as Error).message}`;
	}
	return "";
}

test("a request whose Host is another name, as after DNS rebinding, is refused", async ({ local }) => {
	for (const host of [
		"evil.example",
		`evil.example:${new URL(local.core.controlUrl).port}`,
		"127.0.0.1",
		"127.0.0.1:1",
		"127.0.0.1.evil.example",
		"192.0.2.1",
	])
		assert.equal(
			{ ...(await get(local, { host, authorization: anySignature })), message: "" },
			{ status: 421, errorType: "AccessDeniedException", message: "" },
			host,
		);
	const { port } = new URL(local.core.controlUrl);
	for (const name of ["127.0.0.1", "127.7.7.7", "localhost", "[::1]"])
		assert.is((await get(local, { host: `${name}:${port}`, authorization: anySignature })).status, 200, name);
});

test("a browser's request for a page of another origin is refused", async ({ local, open }) => {
	for (const fixture of [local, open])
		for (const headers of [
			{ origin: "http://evil.example" },
			{ origin: "null" },
			{ "sec-fetch-site": "cross-site" },
		] as Record<string, string>[])
			assert.is((await get(fixture, { ...headers, authorization: anySignature })).status, 403);
});

test("on loopback any access key will do, beyond it only the one that was made", async ({ local, open }) => {
	assert.is(local.core.credentials, undefined);
	const { accessKeyId = "", secretAccessKey = "", made } = open.core.credentials ?? {};
	assert.is(made, true);
	assert.match(accessKeyId, /^AKIA[A-Z2-7]{16}$/);
	assert.is((await get(open, { authorization: anySignature })).status, 403);
	const list = (key: string, secret: string) => failure(client(open, key, secret).send(new ListPoliciesCommand()));
	assert.is(await list(accessKeyId, secretAccessKey), "");
	assert.match(await list("AKIAOTHER", secretAccessKey), /^UnrecognizedClientException/);
	assert.match(await list(accessKeyId, "other"), /^InvalidSignatureException: The request signature we calculated/);
});

test("signatures over paths, queries and bodies with all kinds of characters hold", async ({ open }) => {
	const { accessKeyId = "", secretAccessKey = "" } = open.core.credentials ?? {};
	const signed = client(open, accessKeyId, secretAccessKey);
	const certificate = open.certificateArn({ certificateId: "ab".repeat(32) } as never);
	// The answers are AWS's errors of the operations, so that the signatures were taken.
	for (const target of [certificate, "a b/c+d~e=f&g'h(i)*", "é/%2F/株"])
		assert.match(
			await failure(signed.send(new ListAttachedPoliciesCommand({ target, marker: "a+b/=~ &", pageSize: 3 }))),
			/^(ResourceNotFoundException|InvalidRequestException)/,
			target,
		);
	assert.match(
		await failure(signed.send(new AttachPolicyCommand({ policyName: "p=+,.@-", target: certificate }))),
		/^ResourceNotFoundException/,
	);
});

test("the AWS CLI signs so that it is taken, and with another secret it is told why not", async ({ open }) => {
	const { accessKeyId = "", secretAccessKey = "" } = open.core.credentials ?? {};
	const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
	const args = ["list-attached-policies", "--target", open.certificateArn({ certificateId: "ab".repeat(32) } as never)];
	assert.match((await aws(open, args, env)).stderr, /ResourceNotFoundException/);
	assert.is((await aws(open, ["list-policies"], env)).status, 0);
	const { stderr } = await aws(open, ["list-policies"], { ...env, AWS_SECRET_ACCESS_KEY: "other" });
	assert.match(stderr, /InvalidSignatureException.*Check the secret key/);
});

test("the credentials are kept for the next start, readable only by their owner", async ({ open }) => {
	const { file = "", accessKeyId } = open.core.credentials ?? {};
	const again = await Fixture.start({ controlAddress: everywhere });
	assert.is.not(again.core.credentials?.accessKeyId, accessKeyId);
	await again.close(true);
	const third = await Fixture.start({ stateDir: again.folder, controlAddress: everywhere });
	assert.equal({ ...third.core.credentials, made: true }, again.core.credentials);
	await third.close();
	const { statSync } = await import("node:fs");
	assert.is(statSync(file).mode & 0o777, 0o600);
});

test.run();
