// SPDX-License-Identifier: MIT
import { lstatSync } from "node:fs";
import { isIPv4 } from "node:net";
import { InvalidArgumentError, Option } from "commander";
import { scp03Option } from "../../se050/scp03.js";
import { userPath } from "./user-path.js";

/** `--variant`, for programs that run the firmware. */
export function variantOption(): Option {
	return new Option("--variant <name>", "the build to run: release, or sanitize (ASan and UBSan)")
		.choices(["release", "sanitize"])
		.default("release");
}

/** `--manifest`, for programs that build or run another project than the firmware. */
export function manifestOption(): Option {
	return new Option(
		"--manifest <file>",
		"the manifest.json of another Moddable project to build (default: the firmware)",
	).argParser(file => userPath(file));
}

/** An address at which a device finds its endpoint, as the firmware takes it. */
export function ipv4Address(text: string): string {
	if (!isIPv4(text)) throw new InvalidArgumentError("It must be an IPv4 address.");
	return text;
}

export function hostName(text: string): string {
	if (text === "" || /[/:\s]/.test(text))
		throw new InvalidArgumentError("It must be a host name only: no scheme, no port, no path.");
	return text;
}

/** A topic to publish to: at most as long as AWS IoT takes it (256 bytes), without wildcards. */
export function topicName(text: string): string {
	if (text === "" || Buffer.byteLength(text) > 256 || /[+#]/.test(text))
		throw new InvalidArgumentError("It must be a topic to publish to: 1 to 256 bytes, without + and #.");
	return text;
}

/** Where a chip is, by its form: `sim:PATH` with a slash in it, `sim:HOST:PORT`, or a device file. */
export function busName(text: string): string {
	if (!/^(sim:(.*\/.*|[^/]+:\d+)|\/.+)$/.test(text))
		throw new InvalidArgumentError(
			"It must be sim:PATH (with a slash) or sim:HOST:PORT for a simulator, or /dev/i2c-N for a real chip.",
		);
	return text;
}

/** @throws Error of one sentence when a bus is a file and that file is not there, or is no socket where one is needed */
export function checkBus(bus: string): void {
	const simulated = bus.startsWith("sim:");
	const path = simulated ? bus.slice("sim:".length) : bus;
	if (!path.includes("/")) return;
	const file = lstatSync(path, { throwIfNoEntry: false });
	if (!file)
		throw new Error(
			simulated
				? `There is no socket ${path}: start the simulator first (npm run se050-sim -- --socket ${path}), or correct the path.`
				: `There is no I2C adapter ${path}: switch I2C on and load the i2c-dev module, or correct the path.`,
		);
	if (simulated && file.isFile())
		throw new Error(`${path} is not a socket: name the one at which the simulator listens.`);
}

/** Platform SCP03 with keys that NXP publishes; own keys do not belong on a command line, which every user can list. */
export function factoryScp03(text: string): string {
	if (text.includes(","))
		throw new InvalidArgumentError(
			"Own keys are not taken from a command line: other users of this machine can read it.",
		);
	try {
		scp03Option(text);
	} catch (error) {
		throw new InvalidArgumentError((error as Error).message);
	}
	return text;
}
