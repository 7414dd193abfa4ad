// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { parseAuthorization, signatureFault } from "../../../tools/iot-core/control/signature.js";

/**
 * The vectors of "Signature Version 4 test suite" (AWS General Reference; in `awslabs/aws-c-auth`, tests/aws-signing-test-suite):
 * get-vanilla, get-vanilla-query-order-key-case, get-header-value-trim. Credentials, region, service and date are the suite's.
 */
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const date = "20150830T123600Z";
const now = Date.parse("2015-08-30T12:36:00Z");

interface Vector {
	url: string;
	headers?: Record<string, string>;
	signedHeaders?: string;
	signature: string;
}

const vectors: Record<string, Vector> = {
	"get-vanilla": { url: "/", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	"get-vanilla-query-order-key-case": {
		url: "/?Param2=value2&Param1=value1",
		signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
	},
	"get-header-value-trim": {
		url: "/",
		headers: { "my-header1": " value1", "my-header2": ' "a   b   c"' },
		signedHeaders: "host;my-header1;my-header2;x-amz-date",
		signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
	},
};

function request({ url, headers = {} }: Pick<Vector, "url" | "headers">, time = date): IncomingMessage {
	const all: Record<string, string> = { host: "example.amazonaws.com", "x-amz-date": time, ...headers };
	const headersDistinct = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]]));
	return { method: "GET", url, headersDistinct } as unknown as IncomingMessage;
}

function fault(vector: Vector, changes: { body?: string; time?: string; key?: string; at?: number } = {}) {
	const { signedHeaders = "host;x-amz-date", signature } = vector;
	const header = `AWS4-HMAC-SHA256 Credential=${changes.key ?? "AKIDEXAMPLE"}/20150830/us-east-1/service/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`;
	const signed = parseAuthorization(header);
	if (signed === undefined) throw new Error("the header is not read");
	const body = Buffer.from(changes.body ?? "");
	return signatureFault(request(vector, changes.time), body, signed, credentials, changes.at ?? now);
}

for (const [name, vector] of Object.entries(vectors)) {
	test(`${name} has the signature that AWS published`, () => assert.is(fault(vector), undefined));
	test(`${name} is refused with another body, path, time or key`, () => {
		assert.is(fault(vector, { body: "x" })?.name, "InvalidSignatureException");
		assert.is(fault({ ...vector, url: "/other" })?.name, "InvalidSignatureException");
		assert.is(fault(vector, { time: "20150830T123601Z" })?.name, "InvalidSignatureException");
		assert.is(fault(vector, { key: "AKIDOTHER" })?.name, "UnrecognizedClientException");
	});
}

const vanilla = vectors["get-vanilla"] as Vector;

test("all of the query is signed, a second question mark too", () => {
	const query = vectors["get-vanilla-query-order-key-case"] as Vector;
	for (const more of ["?", "?x", "?&Param3=value3", "&Param3=value3"])
		assert.is(fault({ ...query, url: `${query.url}${more}` })?.name, "InvalidSignatureException", more);
});

test("a request of more than five minutes ago or ahead is refused", () => {
	assert.is(fault(vanilla, { at: now + 299_000 }), undefined);
	assert.match(fault(vanilla, { at: now + 301_000 })?.message ?? "", /Set the clocks/);
	assert.match(fault(vanilla, { at: now - 301_000 })?.message ?? "", /Set the clocks/);
	assert.match(fault(vanilla, { time: "" })?.message ?? "", /of no time/);
});

test("host and date must be signed", () => {
	assert.match(fault({ ...vanilla, signedHeaders: "x-amz-date" })?.message ?? "", /The header host must be part/);
	assert.match(fault({ ...vanilla, signedHeaders: "host" })?.message ?? "", /The header x-amz-date must be part/);
});

test.run();
