// SPDX-License-Identifier: MIT
/** What operators do, by the AWS CLI; and by the SDK, which costs no process, where any client would do. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { answer, aws, refusal } from "../aws-cli.js";
import { call, callRefusal } from "../aws-sdk.js";
import { type DeviceIdentity, Fixture } from "./fixture.js";

/** The policy of the try-out that this project comes from. */
const wildcardPolicy = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["iot:Connect", "iot:Publish", "iot:Receive", "iot:Subscribe"],
            "Resource": "*"
        }
    ]
}
`;

const test = suite<{ fixture: Fixture }>("the AWS CLI");

test.before(async context => {
	context.fixture = await Fixture.start();
	writeFileSync(join(context.fixture.folder, "wildCardPolicy"), wildcardPolicy);
});

test.after(({ fixture }) => fixture.close());

function registration(device: DeviceIdentity, ...more: string[]): string[] {
	return ["register-certificate-without-ca", "--certificate-pem", `file://${device.certificateFile}`, ...more];
}

function policyFile(fixture: Fixture): string {
	return `file://${join(fixture.folder, "wildCardPolicy")}`;
}

test("the article's commands, one after the other, register a device", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	const certificateArn = fixture.certificateArn(device);
	assert.equal(await answer(fixture, ...registration(device, "--status", "ACTIVE")), {
		certificateArn,
		certificateId: device.certificateId,
	});
	assert.equal(
		await answer(fixture, "create-policy", "--policy-name", "wildCardPolicy", "--policy-document", policyFile(fixture)),
		{
			policyName: "wildCardPolicy",
			policyArn: `arn:aws:iot:${fixture.core.region}:${fixture.core.account}:policy/wildCardPolicy`,
			policyDocument: wildcardPolicy,
			policyVersionId: "1",
		},
	);
	assert.is(
		await answer(fixture, "attach-policy", "--policy-name", "wildCardPolicy", "--target", certificateArn),
		null,
	);
	assert.equal(await answer(fixture, "describe-endpoint", "--endpoint-type", "iot:Data-ATS"), {
		endpointAddress: fixture.core.endpoint,
	});
	assert.match(fixture.core.endpoint, /^[a-z0-9]{14}-ats\.iot\.ap-northeast-1\.amazonaws\.com$/);
});

test("describe-certificate tells everything of a registered certificate", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	await answer(fixture, ...registration(device));
	const { certificateDescription } = await answer<{ certificateDescription: Record<string, unknown> }>(
		fixture,
		"describe-certificate",
		"--certificate-id",
		device.certificateId,
	);
	const { creationDate, lastModifiedDate, generationId, validity, ...rest } = certificateDescription;
	assert.equal(rest, {
		certificateArn: fixture.certificateArn(device),
		certificateId: device.certificateId,
		status: "INACTIVE",
		certificatePem: device.certificate,
		ownedBy: "123456789012",
		customerVersion: 1,
		certificateMode: "SNI_ONLY",
	});
	assert.ok(Math.abs(Date.parse(String(creationDate)) - Date.now()) < 60_000);
	assert.is(lastModifiedDate, creationDate);
	assert.match(String(generationId), /^[0-9a-f-]{36}$/);
	const { notBefore, notAfter } = validity as Record<string, string>;
	assert.is(Date.parse(notAfter as string) - Date.parse(notBefore as string), 2 * 86_400_000);
});

test("registering twice is a ResourceAlreadyExistsException", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	await fixture.register(device);
	assert.match(
		await refusal(fixture, ...registration(device)),
		"An error occurred (ResourceAlreadyExistsException) when calling the RegisterCertificateWithoutCA operation",
	);
});

test("text that is not a PEM is a CertificateValidationException", async ({ fixture }) => {
	assert.match(
		await refusal(fixture, "register-certificate-without-ca", "--certificate-pem", "no PEM"),
		"(CertificateValidationException)",
	);
});

test("a policy given as a path instead of file:// is a MalformedPolicyException", async ({ fixture }) => {
	const message = await refusal(
		fixture,
		"create-policy",
		"--policy-name",
		"malformed",
		"--policy-document",
		"./policy.json",
	);
	assert.match(message, "(MalformedPolicyException)");
	assert.match(message, "Policy document is Malformed");
});

test("an unknown certificate is a ResourceNotFoundException", async ({ fixture }) => {
	assert.match(
		await callRefusal(fixture, "describe-certificate", "--certificate-id", "ab".repeat(32)),
		"(ResourceNotFoundException)",
	);
});

test("a certificate is deleted when it is not ACTIVE and has no policy", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	await fixture.register(device);
	const policyName = await fixture.allow(device, [{ Effect: "Allow", Action: "iot:Connect", Resource: "*" }]);
	const deletion = ["delete-certificate", "--certificate-id", device.certificateId];
	assert.match(await callRefusal(fixture, ...deletion), "(CertificateStateException)");
	await call(fixture, "update-certificate", "--certificate-id", device.certificateId, "--new-status", "INACTIVE");
	assert.match(await callRefusal(fixture, ...deletion), "(DeleteConflictException)");
	assert.match(await callRefusal(fixture, "delete-policy", "--policy-name", policyName), "(DeleteConflictException)");
	await call(fixture, "detach-policy", "--policy-name", policyName, "--target", fixture.certificateArn(device));
	await call(fixture, ...deletion);
	await call(fixture, "delete-policy", "--policy-name", policyName);
	assert.match(await callRefusal(fixture, "get-policy", "--policy-name", policyName), "(ResourceNotFoundException)");
});

test("a forced deletion does not mind the policies", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	await fixture.register(device, "INACTIVE");
	await fixture.allow(device, [{ Effect: "Allow", Action: "iot:Connect", Resource: "*" }]);
	await call(fixture, "delete-certificate", "--certificate-id", device.certificateId, "--force-delete");
});

test("list-attached-policies names what is attached, in the path's encoding of the ARN", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	await fixture.register(device);
	const policyName = await fixture.allow(device, [{ Effect: "Allow", Action: "iot:Connect", Resource: "*" }]);
	const { policies } = await answer<{ policies: unknown }>(
		fixture,
		"list-attached-policies",
		"--target",
		fixture.certificateArn(device),
	);
	assert.equal(policies, [
		{ policyName, policyArn: `arn:aws:iot:${fixture.core.region}:${fixture.core.account}:policy/${policyName}` },
	]);
});

test("get-policy gives the document as it was created", async ({ fixture }) => {
	await answer(fixture, "create-policy", "--policy-name", "a+b=c,d.e@f-g_h", "--policy-document", policyFile(fixture));
	const policy = await answer<Record<string, unknown>>(fixture, "get-policy", "--policy-name", "a+b=c,d.e@f-g_h");
	assert.is(policy.policyDocument, wildcardPolicy);
	assert.is(policy.defaultVersionId, "1");
});

interface CertificatePage {
	certificates: { certificateId: string }[];
	nextMarker?: string;
}

/** Registers certificates in an account of their own and hands their ids over, oldest first. */
async function withCertificates(
	count: number,
	body: (fixture: Fixture, ids: string[]) => Promise<void>,
): Promise<void> {
	const fixture = await Fixture.start();
	try {
		const ids: string[] = [];
		for (let index = 0; index < count; index++) {
			const device = await fixture.makeDevice();
			await fixture.register(device);
			ids.push(device.certificateId);
		}
		await body(fixture, ids);
	} finally {
		await fixture.close();
	}
}

test("list-certificates gives page after page by marker", () =>
	withCertificates(5, async (fixture, ids) => {
		const listed: string[] = [];
		const sizes: number[] = [];
		let marker: string[] = [];
		do {
			const page: CertificatePage = await call(
				fixture,
				"list-certificates",
				"--page-size",
				"2",
				"--ascending-order",
				...marker,
			);
			listed.push(...page.certificates.map(({ certificateId }) => certificateId));
			sizes.push(page.certificates.length);
			marker = page.nextMarker === undefined ? [] : ["--marker", page.nextMarker];
		} while (marker.length > 0);
		assert.equal(sizes, [2, 2, 1]);
		assert.equal(listed, ids);
	}));

test("list-certificates without a page size follows the markers itself, newest first", () =>
	withCertificates(60, async (fixture, ids) => {
		const { certificates }: CertificatePage = await answer(fixture, "list-certificates");
		assert.equal(
			certificates.map(({ certificateId }) => certificateId),
			ids.reverse(),
		);
	}));

test("a page size over 250 is an InvalidRequestException", async ({ fixture }) => {
	assert.match(await callRefusal(fixture, "list-policies", "--page-size", "251"), "(InvalidRequestException)");
});

test("an endpoint of another type is an InvalidRequestException", async ({ fixture }) => {
	assert.match(await callRefusal(fixture, "describe-endpoint"), "(InvalidRequestException)");
});

test("a request signed for another region is an InvalidSignatureException", async ({ fixture }) => {
	const { status, stderr } = await aws(fixture, ["list-policies"], { AWS_DEFAULT_REGION: "us-east-1" });
	assert.is.not(status, 0);
	assert.match(stderr, "Credential should be scoped to a valid region, not 'us-east-1'");
});

test("a request without a signature is refused", async ({ fixture }) => {
	const response = await fetch(`${fixture.core.controlUrl}/policies`);
	assert.is(response.status, 403);
	assert.is(response.headers.get("x-amzn-errortype"), "MissingAuthenticationTokenException");
});

const conflict = { "x-amzn-errortype": "ResourceAlreadyExistsException", "content-type": "application/json" };

test("an error's status, header and body are AWS'", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	await fixture.register(device);
	const response = await fetch(`${fixture.core.controlUrl}/certificate/register-no-ca`, {
		method: "POST",
		headers: {
			authorization: `AWS4-HMAC-SHA256 Credential=any/20260101/${fixture.core.region}/iot/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
		},
		body: JSON.stringify({ certificatePem: device.certificate }),
	});
	assert.is(response.status, 409);
	for (const [header, value] of Object.entries(conflict)) assert.is(response.headers.get(header), value);
	assert.equal(await response.json(), {
		message: "The certificate is already provisioned or registered",
		resourceId: device.certificateId,
		resourceArn: fixture.certificateArn(device),
	});
});

test.run();
