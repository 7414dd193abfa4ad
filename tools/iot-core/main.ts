import { Command, InvalidArgumentError, Option } from "commander";

import { KEY_TYPES, startIotCore, type KeyType } from "./core.js";
import { StateError } from "./errors.js";
import { ListenError } from "./listen.js";

interface Options {
	state: string;
	region: string;
	account: string;
	port: number;
	controlPort: number;
	keyType: KeyType;
}

function port(text: string): number {
	const value = Number(text);
	if (!/^\d+$/.test(text) || value > 65535)
		throw new InvalidArgumentError("A port is a number from 0 (any free one) to 65535.");
	return value;
}

async function run(options: Options): Promise<void> {
	const core = await startIotCore({
		stateDir: options.state,
		region: options.region,
		account: options.account,
		devicePort: options.port,
		controlPort: options.controlPort,
		keyType: options.keyType,
		log: line => console.log(`${new Date().toISOString()} ${line}`),
	});
	console.log(`endpoint      ${core.endpoint}
devices       127.0.0.1:${core.devicePort} (MQTT 3.1.1 over TLS; SNI must be the endpoint's name)
root CA       ${core.rootCaFile}
control plane ${core.controlUrl} (aws iot … --endpoint-url ${core.controlUrl} --region ${options.region})
Stop with Ctrl-C.`);
	const stop = () => void core.close().then(() => process.exit(0));
	process.once("SIGINT", stop);
	process.once("SIGTERM", stop);
}

const program = new Command("iot-core")
	.description("A local AWS IoT Core on the loopback addresses: a device endpoint that accepts registered certificates, and the control plane's REST for the AWS CLI and SDKs.")
	.option("--state <folder>", "where registrations and the server's keys are kept", "state/iot-core")
	.option("--region <name>", "AWS region to stand in for", "ap-northeast-1")
	.option("--account <id>", "AWS account id, twelve digits", "123456789012")
	.option("--port <number>", "port of the device endpoint; 0 for any", port, 8883)
	.option("--control-port <number>", "port of the control plane; 0 for any", port, 8884)
	.addOption(new Option("--key-type <type>", "kind of the server's certificate chain").choices(KEY_TYPES).default("rsa"))
	.addHelpText("after", `
Example:
  npm run iot-core -- --state /tmp/iot-core &
  export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=ap-northeast-1
  aws iot describe-endpoint --endpoint-type iot:Data-ATS --endpoint-url http://127.0.0.1:8884`)
	.action(run);

try {
	await program.parseAsync();
} catch (error) {
	if (!(error instanceof StateError || error instanceof ListenError || error instanceof RangeError))
		throw error;
	console.error(`iot-core: ${error.message}`);
	process.exitCode = 1;
}
