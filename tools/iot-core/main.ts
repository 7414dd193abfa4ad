// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { isIPv4 } from "node:net";
import { Option } from "commander";

import { guard, program, wholeNumber } from "../lib/command-line.js";
import { scaledLimits } from "./broker/limits.js";
import { type IotCore, type ServerKeyType, serverKeyTypes, startIotCore } from "./core.js";
import { hostOf, isLoopback } from "./listen.js";
import { type ScenarioName, scenarioNames, scenarios } from "./scenario/scenarios.js";

interface Options {
	state: string;
	region: string;
	account: string;
	listen?: string;
	port: number;
	alpnPort?: number;
	controlPort: number;
	pagePort?: number;
	keyType: ServerKeyType;
	throttle?: number | true;
	rates: number;
	timeScale: number;
	objects?: string;
	scenario?: ScenarioName;
}

const port = wholeNumber(0, 65535);
const command = program(
	"iot-core",
	"A local AWS IoT Core: a device endpoint that accepts registered certificates, and the REST interface of the control plane for the AWS CLI and SDKs. docs/iot-core.md has what it does as AWS does.",
	[
		"npm run iot-core",
		"npm run iot-core -- --region eu-west-1 --port 18883 --control-port 18884",
		"npm run iot-core -- --listen 192.168.1.20        for boards in the same network",
		"AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=ap-northeast-1 \\",
		"    aws iot describe-endpoint --endpoint-type iot:Data-ATS --endpoint-url http://127.0.0.1:8884",
	],
)
	.option("--state <folder>", "where registrations and the server's keys are kept", "state/iot-core")
	.option("--region <name>", "AWS region to stand in for", "ap-northeast-1")
	.option("--account <id>", "AWS account id, twelve digits", "123456789012")
	.option(
		"--listen <address>",
		"IP address that devices and operators reach from other machines (default: this machine only)",
	)
	.option("--port <number>", "port of the device endpoint; 0: any free one", port, 8883)
	.option("--alpn-port <number>", "also accept devices here, as AWS does on port 443: ALPN x-amzn-mqtt-ca", port)
	.option("--control-port <number>", "port of the control plane; 0: any free one", port, 8884)
	.option("--page-port <number>", "port of the page; 0: any free one (default: 8885, or the next free one)", port)
	.addOption(new Option("--key-type <type>", "kind of the server's key").choices(serverKeyTypes).default("rsa"))
	.option(
		"--throttle [times]",
		"refuse calls above so many times the AWS rates (1 without a number)",
		wholeNumber(1, 1000),
	)
	.option("--rates <times>", "devices may send and receive so many times the AWS rates", wholeNumber(1, 1000), 1)
	.option(
		"--time-scale <times>",
		"redelivery (20 s) and expiry of messages and sessions (1 h) come so many times earlier",
		wholeNumber(1, 1000),
		1,
	)
	.option("--objects <folder>", "stands for S3 in bulk registration: has <bucket>/<key> (default: s3 in --state)")
	.addOption(new Option("--scenario <name>", "simulate a misbehaving server (docs/iot-core.md)").choices(scenarioNames))
	.parse();

/** Where to find everything. */
function introduction(core: IotCore, listen: string | undefined): string {
	const host = hostOf(listen);
	const { endpoint, devicePort, alpnPort, controlUrl, region, rootCaFile, pageUrl } = core;
	return `endpoint       ${endpoint}
devices        ${host}:${devicePort} (MQTT 3.1.1 over TLS; SNI must be the endpoint's name)${
		alpnPort === undefined ? "" : `\n               ${host}:${alpnPort} (the same, with ALPN x-amzn-mqtt-ca)`
	}
root CA        ${rootCaFile}
control plane  ${controlUrl} (aws iot … --endpoint-url ${controlUrl} --region ${region})
page           ${pageUrl ?? "none"}`;
}

/** How the firmware of a board is built for this endpoint. */
function boardLines({ endpoint, devicePort, rootCa }: IotCore, listen: string): string {
	const address = hostOf(listen);
	if (!isIPv4(address)) return "A board connects to IPv4 addresses only: for one, listen on such an address.";
	const roots = new X509Certificate(rootCa).raw.toString("base64");
	return `To build the firmware of a board for this endpoint:
  mcconfig -m -p esp32 ssid=YOUR-NETWORK password=YOUR-PASSWORD endpoint=${endpoint} address=${address} port=${devicePort} trustedRoots=${roots}`;
}

/** What is different when other machines can reach the program. */
function warning(core: IotCore, listen: string): string {
	const { credentials } = core;
	const secret =
		credentials === undefined
			? ""
			: credentials.made
				? `
Requests to the control plane must be signed with these credentials, which are shown this once:
  export AWS_ACCESS_KEY_ID=${credentials.accessKeyId} AWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}
They are kept in ${credentials.file}.`
				: `
Requests to the control plane must be signed with the credentials in ${credentials.file}.`;
	return `
Warning: other machines in the network can reach the device endpoint and the control plane on ${listen}.
The control plane is plain HTTP: anyone on the way can read what is sent to it.${secret}
${boardLines(core, listen)}`;
}

await guard(async () => {
	const { state, listen, scenario, throttle, rates, timeScale, objects, ...options } = command.opts<Options>();
	const core = await startIotCore({
		...options,
		stateDir: state,
		devicePort: options.port,
		pagePort: options.pagePort ?? "default",
		...(listen !== undefined && { deviceAddress: listen, controlAddress: listen }),
		...(throttle !== undefined && { throttle: throttle === true ? 1 : throttle }),
		limits: scaledLimits(rates, timeScale),
		...(objects !== undefined && { objectsDir: objects }),
		scenario: scenario && scenarios[scenario],
		log: line => console.log(`${new Date().toISOString()} ${line}`),
	});
	const stop = () => void core.close().then(() => process.exit(0));
	process.once("SIGINT", stop);
	process.once("SIGTERM", stop);
	console.log(introduction(core, listen));
	if (listen !== undefined && !isLoopback(listen)) console.log(warning(core, listen));
	console.log("Stop with Ctrl-C.");
});
