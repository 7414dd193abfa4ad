// SPDX-License-Identifier: MIT
import { InvalidArgumentError, Option } from "commander";
import { clientIdForms } from "../../app/identity.js";
import { keyPair } from "../../se050/objects.js";
import { build } from "../build/build.js";
import {
	busName,
	checkBus,
	factoryScp03,
	hostName,
	ipv4Address,
	manifestOption,
	topicName,
	variantOption,
} from "../lib/arguments.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { printable } from "../lib/printable.js";
import { startFirmware } from "./firmware.js";
import { maximumRoots, trustedRoots } from "./roots.js";

interface Options {
	endpoint?: string;
	port?: number;
	address?: string;
	rootCa?: string;
	bus: string;
	topic?: string;
	clientId?: string;
	keepAlive?: number;
	key?: string;
	scp03?: string;
	preferences?: string;
	interval?: number;
	messages?: number;
	debug?: true;
	manifest?: string;
	variant: "release" | "sanitize";
}

/** A key as the firmware takes it. */
function keyOption(text: string): string {
	try {
		keyPair(text);
	} catch (error) {
		throw new InvalidArgumentError((error as Error).message);
	}
	return text;
}

const command = program(
	"device",
	"Runs one firmware on this machine against any chip and any MQTT endpoint, and shows its serial line.",
	[
		"npm run device -- --endpoint a1b2c3-ats.iot.eu-west-1.amazonaws.com --bus /dev/i2c-1",
		"npm run device -- --endpoint localhost --address 127.0.0.1 --port 8883 --root-ca ca.pem --bus sim:state/chip.sock --messages 4",
	],
)
	.option(
		"--endpoint <host>",
		"the endpoint's name: for SNI, for the certificate's check, and to resolve; without it, the device waits for it on standard input (docs/serial.md)",
		hostName,
	)
	.requiredOption(
		"--bus <bus>",
		"the chip: sim:PATH or sim:HOST:PORT for a simulator, /dev/i2c-N for a real one",
		busName,
	)
	.option("--port <number>", "the endpoint's port (default 8883)", wholeNumber(1, 65535))
	.option("--address <ip>", "connect to this address instead of resolving the endpoint's name", ipv4Address)
	.option("--root-ca <file>", `PEM file of the root CAs to trust, 1 to ${maximumRoots} (default: Amazon's)`)
	.option("--topic <topic>", "the topic to publish to and to subscribe to (default test_topic/esp32)", topicName)
	.addOption(
		new Option("--client-id <form>", "how the UID becomes the client id (default base64)").choices(clientIdForms),
	)
	.option(
		"--key <id>",
		"the key that signs, and with it the certificate: one of the factory's, or KEY,CERTIFICATE of your own (default F0000100)",
		keyOption,
	)
	.option(
		"--scp03 <keys>",
		"open Platform SCP03 with the factory's keys: auto, or a variant as SE050C1 (default: plain)",
		factoryScp03,
	)
	.option(
		"--preferences <file>",
		"keep here what a board keeps in flash: settings that are given on standard input, and the certificate, which is then read from the chip once (default: nothing is kept)",
	)
	.option("--keep-alive <seconds>", "MQTT keep-alive (default 60)", wholeNumber(30, 1200))
	.option(
		"--interval <milliseconds>",
		"time between two rounds of messages (default 5000)",
		wholeNumber(10, 86_400_000),
	)
	.option(
		"--messages <count>",
		"end with status 0 after so many echoes of its own (default: never)",
		wholeNumber(1, 1_000_000),
	)
	.option("--debug", "print the stack of an error that ends the firmware, and the MQTT client's own words")
	.addOption(manifestOption())
	.addOption(variantOption())
	.parse();

const { endpoint: known, preferences: kept } = command.opts<Options>();
if (known === undefined && kept === undefined)
	command.error(
		"error: give --endpoint <host>; or --preferences <file>, and the device waits for its endpoint on standard input.",
	);

await guard(async () => {
	const {
		endpoint,
		port,
		address,
		rootCa,
		bus,
		topic,
		clientId,
		keepAlive,
		key,
		scp03,
		preferences,
		interval,
		messages,
		debug,
		manifest,
		variant,
	} = command.opts<Options>();
	checkBus(bus);
	const given = {
		endpoint,
		port,
		address,
		bus,
		topic,
		clientId,
		keepAlive,
		key,
		scp03,
		preferences,
		interval,
		messages,
		debug: debug && 1,
		trustedRoots: rootCa && trustedRoots(rootCa, warning => console.error(warning)),
	};
	const config = Object.fromEntries(
		Object.entries(given).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
	);
	const firmware = startFirmware({
		...(await build({ variant, manifest })),
		input: "inherit",
		config,
		onLine: line => console.log(printable(line)),
		onError: line => console.error(printable(line)),
	});
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => firmware.process.kill(signal));
	const { status, signal } = await firmware.ended;
	process.exitCode = status ?? (signal === "SIGINT" ? 130 : 143);
});
