// SPDX-License-Identifier: MIT
import { Option } from "commander";

import { guard, program, wholeNumber } from "../lib/command-line.js";
import { fasterLimits } from "./broker/limits.js";
import { type ServerKeyType, serverKeyTypes, startIotCore } from "./core.js";
import { type ScenarioName, scenarioNames, scenarios } from "./scenario/scenarios.js";

interface Options {
	state: string;
	region: string;
	account: string;
	port: number;
	controlPort: number;
	pagePort: number;
	keyType: ServerKeyType;
	throttle?: number | true;
	rates: number;
	objects?: string;
	scenario?: ScenarioName;
}

const command = program(
	"iot-core",
	"A local AWS IoT Core on the loopback addresses: a device endpoint that accepts registered certificates, and the control plane's REST for the AWS CLI and SDKs.",
	[
		"npm run iot-core",
		"npm run iot-core -- --region eu-west-1 --port 18883 --control-port 18884",
		"AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=ap-northeast-1 \\",
		"    aws iot describe-endpoint --endpoint-type iot:Data-ATS --endpoint-url http://127.0.0.1:8884",
	],
)
	.option("--state <folder>", "where registrations and the server's keys are kept", "state/iot-core")
	.option("--region <name>", "AWS region to stand in for", "ap-northeast-1")
	.option("--account <id>", "AWS account id, twelve digits", "123456789012")
	.option("--port <number>", "port of the device endpoint; 0: any free one", wholeNumber(0, 65535), 8883)
	.option("--control-port <number>", "port of the control plane; 0: any free one", wholeNumber(0, 65535), 8884)
	.option("--page-port <number>", "port of the page for a browser; 0: any free one", wholeNumber(0, 65535), 8885)
	.addOption(
		new Option("--key-type <type>", "kind of the server's certificate chain").choices(serverKeyTypes).default("rsa"),
	)
	.option(
		"--throttle [times]",
		"refuse what is faster than AWS' rates; with a number, than so many times AWS' rates",
		wholeNumber(1, 1000),
	)
	.option(
		"--rates <times>",
		"devices may be so many times as fast as at AWS, and redelivery and the expiry of sessions come so much earlier",
		wholeNumber(1, 1000),
		1,
	)
	.option(
		"--objects <folder>",
		"stands for S3 in bulk registration: <bucket>/<key> are files in it (default: s3 in the state folder)",
	)
	.addOption(new Option("--scenario <name>", "mistreat devices in this way (docs/iot-core.md)").choices(scenarioNames))
	.parse();

await guard(async () => {
	const { state, port, scenario, throttle, rates, objects, ...options } = command.opts<Options>();
	const core = await startIotCore({
		...options,
		stateDir: state,
		devicePort: port,
		...(throttle !== undefined && { throttle: throttle === true ? 1 : throttle }),
		limits: fasterLimits(rates),
		...(objects !== undefined && { objectsDir: objects }),
		scenario: scenario && scenarios[scenario],
		log: line => console.log(`${new Date().toISOString()} ${line}`),
	});
	const stop = () => void core.close().then(() => process.exit(0));
	process.once("SIGINT", stop);
	process.once("SIGTERM", stop);
	console.log(`endpoint       ${core.endpoint}
devices        127.0.0.1:${core.devicePort} (MQTT 3.1.1 over TLS; SNI must be the endpoint's name)
root CA        ${core.rootCaFile}
control plane  ${core.controlUrl} (aws iot … --endpoint-url ${core.controlUrl} --region ${core.region})
page           ${core.pageUrl}
Stop with Ctrl-C.`);
});
