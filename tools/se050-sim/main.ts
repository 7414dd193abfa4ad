// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { InvalidArgumentError, Option } from "commander";
import { toHex } from "../lib/bytes.js";
import { program, wholeNumber } from "../lib/command-line.js";
import { type Erratum, errataNames } from "./bus/errata.js";
import { variantTable } from "./factory/variants.js";
import {
	type Endpoint,
	readFaults,
	type SimulatorOptions,
	startSimulator,
	traceToFile,
	UserError,
} from "./simulator.js";

interface Options extends Pick<SimulatorOptions, "variant" | "allKeys" | "clock" | "latency" | "tlvLength" | "seed"> {
	chip: string;
	manufacturer?: string;
	socket?: string;
	tcp?: Endpoint;
	serial?: string;
	baud: number;
	trace?: string;
	errata?: Erratum[];
	faults?: string;
	faultSeed?: string;
	faultRate: number;
}

function parseTcp(text: string): Endpoint {
	const [, host, port] = /^(127(?:\.\d{1,3}){3}):(\d{1,5})$/.exec(text) ?? [];
	if (host === undefined || Number(port) > 65535)
		throw new InvalidArgumentError("It must be a loopback address and a port, as in 127.0.0.1:5050.");
	return { host, port: Number(port) };
}

const command = program(
	"se050-sim",
	"Simulates an NXP SE050C secure element on an I2C bus, for hosts that speak docs/simulator-link.md.",
	[
		"npm run se050-sim -- --chip state/chip.json --socket state/chip.sock",
		"npm run device -- --bus sim:state/chip.sock …",
		"npm run se050-sim -- --serial /dev/ttyUSB0 --baud 921600",
	],
)
	.option("--chip <file>", "the chip: made on first use, holds its keys", "state/chip.json")
	.addOption(
		new Option("--variant <name>", "which part a new chip is (default: SE050C1)").choices([...variantTable.keys()]),
	)
	.option("--all-keys", "a new chip has its RSA 4096 pairs too, which take seconds to make")
	.option("--manufacturer <file>", "the simulated manufacturer's CAs (default: manufacturer.json next to the chip)")
	.addOption(
		new Option(
			"--socket <path>",
			"listen at a Unix-domain socket (default: the chip's file name with .sock)",
		).conflicts("tcp"),
	)
	.addOption(
		new Option("--tcp <host:port>", "listen at TCP on loopback; port 0 takes any that is free").argParser(parseTcp),
	)
	.addOption(
		new Option("--serial <port>", "serve a board over a serial port, in real time only").conflicts(["socket", "tcp"]),
	)
	.option("--baud <number>", "bits per second of --serial", wholeNumber(300, 4_000_000), 115_200)
	.addOption(
		new Option("--clock <kind>", "real: as slow as a chip; virtual: time passes in the figures only")
			.choices(["real", "virtual"])
			.default("real"),
	)
	.addOption(
		new Option("--latency <kind>", "how long the chip computes").choices(["typical", "instant"]).default("typical"),
	)
	.addOption(
		new Option("--tlv-length <form>", "lengths in answers: 82 hi lo as on parts, or shortest")
			.choices(["long", "short"])
			.default("long"),
	)
	.option("--seed <text>", "repeat random numbers and signatures from run to run")
	.addOption(new Option("--errata <names...>", "defects of real parts to simulate").choices(errataNames))
	.addOption(
		new Option("--faults <file>", "faults to simulate, a JSON list: see docs/simulator.md").conflicts("faultSeed"),
	)
	.option("--fault-seed <text>", "simulate random faults, the same from run to run")
	.option(
		"--fault-rate <count>",
		"how many of a thousand exchanges suffer one of the seed's faults",
		wholeNumber(0, 1000),
		50,
	)
	.option("--trace <file>", "append every transaction, block and APDU to a file, one JSON object a line");

async function run(options: Options): Promise<void> {
	const { chip, manufacturer, socket, tcp, serial, baud, trace, faults, faultSeed, faultRate, ...rest } = options;
	if (serial !== undefined && rest.clock === "virtual")
		throw new UserError("--serial needs --clock real: a board has a clock of its own.");
	const starting = startSimulator({
		...rest,
		stateFile: chip,
		...(manufacturer !== undefined && { manufacturerFile: manufacturer }),
		listen:
			serial === undefined
				? (tcp ?? { path: socket ?? chip.replace(/(\.json)?$/, ".sock") })
				: { serial, baudRate: baud },
		...(trace !== undefined && { trace: traceToFile(trace) }),
		...(faults !== undefined && { faults: readFaults(faults) }),
		...(faultSeed !== undefined && { faults: { seed: faultSeed, rate: faultRate } }),
		onError: fail,
	});
	const stop = (): void => {
		starting.then(simulator => simulator.close()).then(() => process.exit(0), fail);
	};
	process.once("SIGINT", stop);
	process.once("SIGTERM", stop);
	const simulator = await starting;
	const fingerprint = createHash("sha256").update(simulator.certificate).digest("hex");
	console.log(`SE050 ready at ${simulator.address}, UID ${toHex(simulator.uid)}, certificate SHA-256 ${fingerprint}`);
}

function fail(error: unknown): never {
	console.error(error instanceof UserError ? error.message : error);
	process.exit(1);
}

command.parse();
await run(command.opts<Options>()).catch(fail);
