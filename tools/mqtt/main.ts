// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import mqtt, { type MqttClient } from "mqtt";
import { Operator } from "../device/operator.js";
import { issueCertificate } from "../iot-core/testing.js";
import { topicName } from "../lib/arguments.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { printJson } from "../lib/json-lines.js";
import { printable } from "../lib/printable.js";
import { UserError } from "../lib/user-error.js";

interface Options {
	state: string;
	port: number;
	controlUrl: string;
	region: string;
	qos: number;
	count?: number;
	json: boolean;
	retain: boolean;
}

const daysOfCertificate = 1;

/** An application may do everything, publish retained messages too. */
const policy = {
	name: "moddable-se050-mqtt",
	document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "iot:*", Resource: "*" }] },
} as const;

/** A filter to subscribe to (MQTT 3.1.1, section 4.7): + and # alone in their levels, # in the last one only. */
function topicFilter(text: string): string {
	const isWrong = text.split("/").some((level, index, { length }) => {
		if (level === "#") return index < length - 1;
		return level !== "+" && /[+#]/.test(level);
	});
	if (text === "" || Buffer.byteLength(text) > 256 || isWrong)
		throw new InvalidArgumentError("It must be a topic filter: 1 to 256 bytes, + and # alone in a level, # last.");
	return text;
}

const command = program(
	"mqtt",
	"Subscribes and publishes at the local AWS IoT Core as an application does, with a certificate of its own that it registers.",
	[
		"npm run mqtt -- sub 'test_topic/#'",
		"npm run mqtt -- pub test_topic/esp32 hello",
		"npm run mqtt -- sub test_topic/esp32 --count 1 --json",
	],
)
	.argument("<action>", "sub: print what comes on topics; pub: publish a message", text => {
		if (text !== "sub" && text !== "pub") throw new InvalidArgumentError("It must be sub or pub.");
		return text;
	})
	.argument("<topic>", "the topic, or with sub a filter")
	.argument("[message]", "with pub: the message; default: standard input")
	.option("--state <folder>", "state folder of the running iot-core: its root CA is there", "state/iot-core")
	.option("--port <number>", "port of its device endpoint", wholeNumber(1, 65535), 8883)
	.option("--control-url <url>", "URL of its control plane", "http://127.0.0.1:8884")
	.option("--region <name>", "its AWS region", "ap-northeast-1")
	.option("--qos <level>", "quality of service: 0 or 1", wholeNumber(0, 1), 1)
	.option("--retain", "with pub: let the endpoint keep the message for later subscribers", false)
	.option("--count <messages>", "with sub: end after so many messages", wholeNumber(1, 1_000_000))
	.option("--json", "with sub: print each message as a JSON object (docs/json-output.md)", false)
	.parse();

/** The root CAs of an iot-core's state folder, PEM. */
function readRoots(folder: string): string {
	const files = existsSync(folder) ? readdirSync(folder).filter(name => /^root-ca-.*\.crt\.pem$/.test(name)) : [];
	if (files.length === 0)
		throw new UserError(
			`There is no root CA in ${folder}: start iot-core first (npm run iot-core), or name its folder with --state.`,
		);
	return files.map(name => readFileSync(join(folder, name), "utf8")).join("");
}

/** Connects with a new certificate, which is registered and gets the try-out policy. */
async function connect({ state, port, controlUrl, region }: Options): Promise<MqttClient> {
	const ca = readRoots(state);
	const identity = await issueCertificate({
		subject: "CN=npm run mqtt",
		days: daysOfCertificate,
		keyType: "ecdsa",
		now: Date.now(),
	});
	const operator = new Operator(controlUrl, region, policy);
	try {
		await operator.createPolicy();
		await operator.register(identity.certificate);
		const servername = await operator.endpoint();
		const options = { host: "127.0.0.1", port, protocol: "mqtts", servername, ca, reconnectPeriod: 0 } as const;
		return await mqtt.connectAsync({ ...options, cert: identity.certificate, key: identity.key });
	} catch (error) {
		throw new UserError(
			`The local AWS IoT Core cannot be reached (${(error as Error).message}): start it with npm run iot-core, or give --port, --control-url and --state as it prints them.`,
		);
	} finally {
		operator.close();
	}
}

function show(topic: string, payload: Buffer, { qos, retain }: { qos: number; retain: boolean }, json: boolean): void {
	const text = payload.toString();
	if (json) printJson("message", { topic, qos, retain, text });
	else console.log(printable(`${topic}  ${text}`));
}

/** Rejects when the endpoint closes the connection, as it does for what a policy does not allow. */
function closed(client: MqttClient): Promise<never> {
	const sentence = "The endpoint has closed the connection: the log of iot-core says why.";
	return new Promise((_, reject) => client.once("close", () => reject(new UserError(sentence))));
}

async function subscribe(client: MqttClient, filter: string, { qos, count = Infinity, json }: Options): Promise<void> {
	let left = count;
	const enough = new Promise<void>(resolve => {
		client.on("message", (topic, payload, packet) => {
			if (left <= 0) return;
			show(topic, payload, packet, json);
			if (--left <= 0) resolve();
		});
		for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
	});
	await client.subscribeAsync(filter, { qos: qos as 0 | 1 });
	console.error(`Subscribed to ${filter}. Stop with Ctrl-C.`);
	await enough;
}

await guard(async () => {
	const options = command.opts<Options>();
	const [action = "", topic = "", message] = command.args;
	if (action === "sub") topicFilter(topic);
	else topicName(topic);
	const client = await connect(options);
	try {
		const { qos, retain } = options;
		const work =
			action === "sub"
				? subscribe(client, topic, options)
				: client.publishAsync(topic, message ?? readFileSync(0), { qos: qos as 0 | 1, retain });
		await Promise.race([work, closed(client)]);
	} finally {
		client.end();
	}
});
