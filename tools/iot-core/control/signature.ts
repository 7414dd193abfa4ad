// SPDX-License-Identifier: MIT
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** A person's or program's right to use the control plane. */
export interface OperatorCredentials {
	accessKeyId: string;
	secretAccessKey: string;
}

/** The parts of a Signature Version 4 Authorization header (IAM user guide, "Signing AWS API requests"). */
export interface SignedHeader {
	accessKeyId: string;
	date: string;
	region: string;
	service: string;
	signedHeaders: string[];
	signature: string;
}

const authorizationPattern =
	/^AWS4-HMAC-SHA256\s+Credential=([^\s/,]+)\/(\d{8})\/([^\s/,]+)\/([^\s/,]+)\/aws4_request,\s*SignedHeaders=([a-z0-9;-]+),\s*Signature=([0-9a-f]{64})$/;
/** Requests are valid for five minutes (IAM user guide, "Signing AWS API requests"). */
const maxSkewMs = 5 * 60 * 1000;
const longDate = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Takes a header apart; undefined when it is not one of Signature Version 4. */
export function parseAuthorization(header: string): SignedHeader | undefined {
	const [, accessKeyId, date, region, service, signedHeaders, signature] = authorizationPattern.exec(header) ?? [];
	if (!accessKeyId || !date || !region || !service || !signedHeaders || !signature) return undefined;
	return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(";"), signature };
}

/** What is wrong with a signed request; undefined when its signature is that of the credentials. */
export function signatureFault(
	request: IncomingMessage,
	body: Buffer,
	signed: SignedHeader,
	{ accessKeyId, secretAccessKey }: OperatorCredentials,
	now = Date.now(),
): { name: "UnrecognizedClientException" | "InvalidSignatureException"; message: string } | undefined {
	if (signed.accessKeyId !== accessKeyId)
		return {
			name: "UnrecognizedClientException",
			message: `The access key ${signed.accessKeyId} is not the one that this iot-core printed.`,
		};
	const time = headerOf(request, "x-amz-date");
	const at = Date.parse(time.replace(longDate, "$1-$2-$3T$4:$5:$6Z"));
	if (!time.startsWith(signed.date) || !(Math.abs(now - at) <= maxSkewMs))
		return {
			name: "InvalidSignatureException",
			message: `Signature expired or not yet current: the request is of ${time || "no time"}, and here it is ${new Date(now).toISOString()}. Set the clocks.`,
		};
	const missing = ["host", "x-amz-date"].find(name => !signed.signedHeaders.includes(name));
	if (missing !== undefined)
		return { name: "InvalidSignatureException", message: `The header ${missing} must be part of the signature.` };
	const expected = sign(request, body, signed, secretAccessKey, time);
	if (timingSafeEqual(Buffer.from(signed.signature, "hex"), expected)) return undefined;
	return {
		name: "InvalidSignatureException",
		message: "The request signature we calculated does not match the signature you provided. Check the secret key.",
	};
}

/** The signature (IAM user guide, "Create a signed AWS API request", steps 1 to 4). */
function sign(
	request: IncomingMessage,
	body: Buffer,
	{ date, region, service, signedHeaders }: SignedHeader,
	secret: string,
	time: string,
): Buffer {
	const [path = "/", ...queries] = (request.url ?? "/").split("?");
	const canonicalRequest = [
		request.method,
		path.split("/").map(encode).join("/"),
		canonicalQuery(queries.join("?")),
		...signedHeaders.map(name => `${name}:${headerOf(request, name).trim().replace(/ +/g, " ")}`),
		"",
		signedHeaders.join(";"),
		createHash("sha256").update(body).digest("hex"),
	].join("\n");
	const scope = `${date}/${region}/${service}/aws4_request`;
	const hash = createHash("sha256").update(canonicalRequest).digest("hex");
	const key = [date, region, service, "aws4_request"].reduce<Buffer | string>(hmac, `AWS4${secret}`);
	return hmac(key, ["AWS4-HMAC-SHA256", time, scope, hash].join("\n"));
}

function hmac(key: Buffer | string, text: string): Buffer {
	return createHmac("sha256", key).update(text).digest();
}

/** RFC 3986: all but the unreserved characters. The path, which comes encoded, is encoded a second time. */
function encode(text: string): string {
	return encodeURIComponent(text).replace(/[!'()*]/g, found => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}

function canonicalQuery(query: string): string {
	const pairs = query
		.split("&")
		.filter(pair => pair !== "")
		.map(pair => {
			const [name = "", ...value] = pair.split("=");
			return [name, value.join("=")].map(part => encode(decode(part))).join("=");
		});
	return pairs.sort().join("&");
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

function headerOf({ headersDistinct }: IncomingMessage, name: string): string {
	return headersDistinct[name]?.map(value => value.trim()).join(",") ?? "";
}
