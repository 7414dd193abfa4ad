// SPDX-License-Identifier: MIT
// The short path of calls against the SDK's own: the same requests, and the same errors from the same answers.
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
	AttachPolicyCommand,
	AttachThingPrincipalCommand,
	CreateThingCommand,
	DescribeEndpointCommand,
	IoTClient,
	RegisterCertificateWithoutCACommand,
	UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseAuthorization, signatureFault } from "../../../tools/iot-core/control/signature.js";
import { clockOffset, createClient } from "../../../tools/provision/account/client.js";
import { IotApi } from "../../../tools/provision/account/iot-api.js";
import { classifyError, RunError } from "../../../tools/provision/account/service-errors.js";
import { temporaryFolder } from "./harness.js";
import { VirtualPacingClock } from "./virtual-clock.js";

const test = suite("short path");

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const before = { ...process.env };

test.before(() => {
	for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
	Object.assign(process.env, {
		AWS_ACCESS_KEY_ID: credentials.accessKeyId,
		AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
		AWS_SESSION_TOKEN: "token",
		AWS_REGION: "eu-west-1",
		AWS_CONFIG_FILE: "/dev/null",
		AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
		AWS_EC2_METADATA_DISABLED: "true",
	});
});

test.after(() => {
	for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
	Object.assign(process.env, before);
});

interface Answer {
	status?: number;
	headers?: Record<string, string>;
	body?: string;
	/** Ends the connection in place of an answer. */
	reset?: true;
	/** Takes the request and says nothing. */
	silent?: true;
	/** Sends the head and the body's beginning, and says no more. */
	stalled?: true;
}

/** A service that records each request, and answers as the test sets it. */
class Service {
	readonly requests: { request: IncomingMessage; body: Buffer }[] = [];
	answer: (request: IncomingMessage) => Answer = () => ({});
	readonly #server: Server;

	private constructor() {
		this.#server = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on("data", (chunk: Buffer) => chunks.push(chunk));
			request.on("end", () => {
				this.requests.push({ request, body: Buffer.concat(chunks) });
				const { status = 200, headers, body = "", reset, silent, stalled } = this.answer(request);
				if (reset) request.socket.resetAndDestroy();
				else if (stalled) response.writeHead(status, { ...headers, "content-length": "100" }).write("{");
				else if (!silent) response.writeHead(status, headers).end(body);
			});
		});
	}

	static async start(): Promise<Service> {
		const service = new Service();
		service.#server.listen(0, "127.0.0.1");
		await once(service.#server, "listening");
		return service;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	close(): void {
		this.#server.closeAllConnections();
		this.#server.close();
	}
}

/** Runs a body with a service and the two clients of it: the program's, and the SDK's as it comes. */
async function withClients(
	body: (clients: { service: Service; short: IoTClient; plain: IoTClient }) => Promise<void>,
	path = "",
): Promise<void> {
	const service = await Service.start();
	const short = createClient({ endpointUrl: service.url + path }, 2);
	const plain = new IoTClient({ endpoint: service.url + path, maxAttempts: 1 });
	try {
		await body({ service, short, plain });
	} finally {
		short.destroy();
		plain.destroy();
		service.close();
	}
}

const arn = `arn:aws:iot:eu-west-1:123456789012:cert/${"ab".repeat(32)}`;

const commands = {
	"CreateThing, with text that must be escaped": () =>
		new CreateThingCommand({ thingName: "a b+/ö:", attributePayload: { attributes: { uid: '"é\\\n' } } }),
	"CreateThing, with members that are undefined": () =>
		new CreateThingCommand({ thingName: "a", attributePayload: undefined, thingTypeName: undefined }),
	RegisterCertificateWithoutCA: () =>
		new RegisterCertificateWithoutCACommand({ certificatePem: "-----BEGIN\n-----END\n", status: "INACTIVE" }),
	AttachPolicy: () => new AttachPolicyCommand({ policyName: "p=,.@-", target: arn }),
	AttachThingPrincipal: () => new AttachThingPrincipalCommand({ thingName: "a", principal: arn }),
	"AttachThingPrincipal, with a query": () =>
		new AttachThingPrincipalCommand({ thingName: "a", principal: arn, thingPrincipalType: "EXCLUSIVE_THING" }),
	UpdateCertificate: () => new UpdateCertificateCommand({ certificateId: "ab", newStatus: "ACTIVE" }),
	DescribeEndpoint: () => new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }),
} as const;

type Command = ReturnType<(typeof commands)[keyof typeof commands]>;

const send = (client: IoTClient, command: Command) => client.send(command as CreateThingCommand);

/** All of a request but what depends on the time: its line, its headers in their order, its body. */
function lasting({ request, body }: Service["requests"][number]): object {
	const headers = request.rawHeaders.join("\n").replace(/\d{8}T\d{6}Z/, "TIME");
	return {
		line: `${request.method} ${request.url}`,
		headers: headers.replace(/Credential=[^,]*/, "").replace(/Signature=[0-9a-f]{64}/, "SIGNATURE"),
		body: body.toString(),
	};
}

function fault({ request, body }: Service["requests"][number], secretAccessKey = credentials.secretAccessKey): unknown {
	const signed = parseAuthorization(String(request.headers.authorization));
	assert.ok(signed);
	return signatureFault(request, body, signed, { ...credentials, secretAccessKey });
}

for (const [what, command] of Object.entries(commands))
	for (const path of ["", "/base/path"])
		test(`${what}${path && ", under a path"}: the request is the SDK's, byte for byte, with a signature that is right`, () =>
			withClients(async ({ service, short, plain }) => {
				let long = 0;
				short.middlewareStack.add(
					next => async args => {
						long += 1;
						return next(args);
					},
					{ step: "build" },
				);
				await send(plain, command());
				for (let call = 0; call < 3; call++) await send(short, command());
				assert.is(long, 1, "calls that went through all of the middleware");
				const [expected, ...requests] = service.requests;
				assert.ok(expected);
				assert.is(requests.length, 3);
				for (const request of requests) {
					assert.equal(lasting(request), lasting(expected));
					assert.is(fault(request), undefined);
					assert.ok(fault(request, "another secret"));
				}
			}, path));

const json = { "content-type": "application/json" };
const errorAnswer = (type: string, status: number, body: object = { message: "why" }): Answer => ({
	status,
	headers: { ...json, "x-amzn-errortype": type },
	body: JSON.stringify(body),
});

const failures: Record<string, Answer> = {
	"throttling, which AWS IoT answers with 400": errorAnswer("ThrottlingException", 400),
	"too many requests": errorAnswer("TooManyRequestsException", 429),
	"a name with its namespace": errorAnswer("InvalidRequestException:http://internal.amazon.com/coral/", 400),
	"a resource that exists": errorAnswer("ResourceAlreadyExistsException", 409, { message: "x", resourceArn: arn }),
	"a resource that does not exist": errorAnswer("ResourceNotFoundException", 404),
	"an internal failure": errorAnswer("InternalFailureException", 500),
	"an error that is not in the service model": errorAnswer("AccessDeniedException", 403, { Message: "no" }),
	"an expired token": errorAnswer("ExpiredTokenException", 403),
	"an error named in the body": { status: 400, headers: json, body: '{"__type":"LimitExceededException"}' },
	"an error without a name": { status: 400, headers: json, body: "{}" },
	"an error without a body": { status: 503 },
	"a proxy's page": { status: 502, headers: { "content-type": "text/html" }, body: "<html>Bad Gateway</html>" },
	"a redirect": { status: 301, headers: { location: "https://example.com/" } },
	"an answer that is not JSON": { status: 200, headers: json, body: "<html>" },
	"an answer that is cut off": { status: 200, headers: { ...json, "content-length": "10" }, reset: true },
	"a connection that is reset": { reset: true },
};

async function errorOf(promise: Promise<unknown>): Promise<Error> {
	const error: unknown = await promise.then(
		() => assert.unreachable(),
		thrown => thrown,
	);
	assert.instance(error, Error);
	return error as Error;
}

/** What the program looks at in an error. */
function judged(error: Error & { code?: string; resourceArn?: string; $metadata?: { httpStatusCode?: number } }) {
	const { name, code, resourceArn, $metadata } = error;
	// To a response that it cannot read the SDK adds where the developer of a program finds it.
	const message = error.message.replace(/\n {2}Deserialization error: .*/, "");
	const status = $metadata?.httpStatusCode;
	return { name, message, code, resourceArn, status, type: error.constructor.name, kind: classifyError(error) };
}

for (const [what, answer] of Object.entries(failures))
	test(`${what}: the short path throws what the SDK throws`, () =>
		withClients(async ({ service, short, plain }) => {
			const command = commands.RegisterCertificateWithoutCA;
			await send(short, command());
			service.answer = () => answer;
			const calls = service.requests.length;
			const [expected, error] = [await errorOf(send(plain, command())), await errorOf(send(short, command()))];
			assert.equal(judged(error), judged(expected));
			assert.is(service.requests.length - calls, 2, "nothing is repeated");
			service.answer = () => ({});
			await send(short, command());
		}));

test("outputs are the SDK's", () =>
	withClients(async ({ service, short, plain }) => {
		const body = '{"certificateArn":"a","certificateId":"b","unknown":1}';
		service.answer = () => ({ headers: { ...json, "x-amzn-requestid": "7" }, body });
		const outputs = [];
		for (const client of [plain, short, short])
			outputs.push(await send(client, commands.RegisterCertificateWithoutCA()));
		const [expected, ...others] = outputs.map(({ $metadata: { requestId, httpStatusCode }, ...output }) => ({
			...output,
			requestId,
			httpStatusCode,
		}));
		for (const output of others) assert.equal(output, expected);
	}));

test("a clock that goes wrong during a run is corrected by the service's, at the cost of one refused call", () =>
	withClients(async ({ service, short }) => {
		const answer = '{"endpointAddress":"a1-ats.iot.eu-west-1.amazonaws.com"}';
		let ahead = 0,
			refused = 0;
		service.answer = ({ headers }) => {
			const date = new Date(Date.now() + ahead).toUTCString();
			const [year, month, day, hour, minute, second] = String(headers["x-amz-date"]).match(/\d\d/g)?.slice(1) ?? [];
			const signed = Date.parse(`20${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
			if (Math.abs(Date.now() + ahead - signed) <= 300_000) return { headers: { ...json, date }, body: answer };
			refused += 1;
			const failure = errorAnswer("InvalidSignatureException", 403);
			return { ...failure, headers: { ...failure.headers, date } };
		};
		const api = new IotApi(short, { clock: new VirtualPacingClock(), rate: 100 });
		await api.endpoint();
		for (ahead of [120_000, 1_800_000, -3_600_000]) {
			for (let call = 0; call < 3; call++) assert.is(await api.endpoint(), "a1-ats.iot.eu-west-1.amazonaws.com");
			assert.ok(Math.abs(clockOffset(short) - ahead) < 60_000, String(clockOffset(short)));
		}
		assert.is(refused, 2);
	}));

test("credentials that expire are renewed between two calls of an operation", () =>
	withClients(async ({ service }) => {
		const folder = temporaryFolder();
		const [program, config] = [join(folder, "credentials.sh"), join(folder, "config")];
		// Each run gives another key, which expires in a minute: the SDK renews in the background what has less than five.
		writeFileSync(
			program,
			`#!/bin/sh
echo >> ${folder}/runs
printf '{"Version":1,"AccessKeyId":"KEY%d","SecretAccessKey":"s","Expiration":"${new Date(Date.now() + 60_000).toISOString()}"}' "$(wc -l < ${folder}/runs)"
`,
		);
		chmodSync(program, 0o700);
		writeFileSync(config, `[profile temporary]\nregion = eu-west-1\ncredential_process = ${program}\n`);
		const { AWS_CONFIG_FILE, ...environment } = { ...process.env };
		process.env.AWS_CONFIG_FILE = config;
		const client = createClient({ profile: "temporary", endpointUrl: service.url }, 1);
		try {
			const keys = new Set<string | undefined>();
			while (keys.size < 3) {
				await send(client, commands.UpdateCertificate());
				keys.add(parseAuthorization(String(service.requests.pop()?.request.headers.authorization))?.accessKeyId);
			}
			assert.equal([...keys], ["KEY1", "KEY2", "KEY3"]);
		} finally {
			client.destroy();
			delete process.env.AWS_PROFILE;
			Object.assign(process.env, environment, { AWS_CONFIG_FILE });
		}
	}));

/** What the SDK's types do not have for all of its request handlers. */
interface Adjustable {
	updateHttpClientConfig(name: "requestTimeout" | "socketTimeout", milliseconds: number): void;
}

for (const [what, answer, words] of [
	["takes requests and does not answer", { silent: true }, "50 ms requestTimeout"],
	["stops in the middle of its answer", { stalled: true, headers: json }, "timed out after 50 ms of inactivity"],
] as const)
	for (const isFirst of [true, false])
		test(`a service that ${what} is given up, and the sentence says so: ${isFirst ? "the SDK's path" : "the short path"}`, () =>
			withClients(async ({ service }) => {
				const timeouts = { connectionTimeout: 1_000, requestTimeout: 50 };
				const client = createClient({ endpointUrl: service.url }, 2, isFirst ? timeouts : undefined);
				try {
					const api = new IotApi(client, { clock: new VirtualPacingClock(), rate: 100 });
					if (!isFirst) {
						await api.deleteThing("thing");
						for (const name of ["requestTimeout", "socketTimeout"] as const)
							(client.config.requestHandler as Adjustable).updateHttpClientConfig(name, timeouts.requestTimeout);
					}
					service.answer = () => answer;
					const error = await errorOf(api.deleteThing("thing"));
					assert.instance(error, RunError);
					const tries = isFirst ? 3 : 10;
					assert.match(
						error.message,
						new RegExp(`^AWS IoT did not take DeleteThing: TimeoutError: .*${words}.*, in ${tries} tries\\.`),
					);
				} finally {
					client.destroy();
				}
			}));

test.run();
