// SPDX-License-Identifier: MIT
// What `npm run provision` does with each certificate, as HTTP requests by hand: no SDK, no check, no journal, no repetition.
// Arguments: endpoint URL, ledger (NDJSON with uid and certificatePem), name of a policy, number of requests at a time.
// Credentials and region come from the environment.
import { createHash, createHmac, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";

const [url, ledger, policy, concurrency] = process.argv.slice(2);
const { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: region } = process.env;
const { hostname, port, host } = new URL(url);
const agent = new Agent({ keepAlive: true, maxSockets: Number(concurrency) });

const sha256 = text => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

const keys = new Map();
/** The signing key of a day (AWS Signature Version 4). */
function signingKey(day) {
	const key = keys.get(day) ?? [day, region, "iot", "aws4_request"].reduce(hmac, `AWS4${secret}`);
	keys.set(day, key);
	return key;
}

function authorization(method, path, query, headers, body) {
	const time = headers["x-amz-date"],
		day = time.slice(0, 8);
	const names = Object.keys(headers).sort();
	const signed = names.join(";"),
		scope = `${day}/${region}/iot/aws4_request`;
	const lines = names.map(name => `${name}:${headers[name]}\n`).join("");
	const canonical = [method, path, query, lines, signed, sha256(body)].join("\n");
	const signature = hmac(signingKey(day), ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n"));
	return `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${signed}, Signature=${signature.toString("hex")}`;
}

/** One call; resolves with the response's JSON. */
function call(method, path, { query = "", body = "", headers = {} } = {}) {
	const date = new Date().toISOString().replace(/[:-]|\.\d{3}/g, "");
	const all = { host, "x-amz-date": date, ...headers };
	const complete = {
		...all,
		authorization: authorization(method, path, query, all, body),
		"content-length": Buffer.byteLength(body),
	};
	return new Promise((resolve, reject) => {
		const target = query === "" ? path : `${path}?${query}`;
		const outgoing = request({ agent, hostname, port, method, path: target, headers: complete }, response => {
			let text = "";
			response.setEncoding("utf8").on("data", data => (text += data));
			response.on("end", () =>
				response.statusCode === 200
					? resolve(JSON.parse(text || "{}"))
					: reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`)),
			);
		});
		outgoing.on("error", reject).end(body);
	});
}

async function provision({ uid, certificatePem }) {
	const thing = Buffer.from(uid, "hex").toString("base64url");
	const certificateId = sha256(new X509Certificate(certificatePem).raw);
	const json = value => ({ body: JSON.stringify(value), headers: { "content-type": "application/json" } });
	await call("POST", `/things/${thing}`, json({ attributePayload: { attributes: { uid, certificateId } } }));
	const { certificateArn } = await call(
		"POST",
		"/certificate/register-no-ca",
		json({ certificatePem, status: "INACTIVE" }),
	);
	await call("PUT", `/target-policies/${policy}`, json({ target: certificateArn }));
	await call("PUT", `/things/${thing}/principals`, { headers: { "x-amzn-principal": certificateArn } });
	await call("PUT", `/certificates/${certificateId}`, { query: "newStatus=ACTIVE" });
}

const waiting = readFileSync(ledger, "utf8").trim().split("\n");
async function worker() {
	for (let line = waiting.pop(); line !== undefined; line = waiting.pop()) await provision(JSON.parse(line));
}
await Promise.all(Array.from({ length: Number(concurrency) }, worker));
agent.destroy();
