// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../lib/user-error.js";
import { makeEfuses } from "./efuse.js";
import { nameServer } from "./services.js";

const machine = "esp32";

/**
 * Makes sure that a program is an emulator of the ESP32.
 * @throws UserError that says where to get one
 */
export function checkEmulator(program: string): void {
	const { status, stdout, error } = spawnSync(program, ["-machine", "help"], { encoding: "utf8" });
	const where =
		'Espressif\'s comes with ESP-IDF: "$IDF_PATH/tools/idf_tools.py install qemu-xtensa", then ". $IDF_PATH/export.sh"; or name another one with --qemu.';
	if (error || status !== 0)
		throw new UserError(
			`${program} cannot be started (${error?.message ?? `status ${status}`}): an emulator of the ESP32 is needed. ${where}`,
		);
	if (!stdout.split("\n").some(line => line.startsWith(`${machine} `)))
		throw new UserError(
			`${program} has no machine "${machine}": the QEMU of Linux distributions does not emulate the ESP32. ${where}`,
		);
}

export interface EmulatorOptions {
	program: string;
	/** Contents of the flash chip. */
	flash: Buffer;
	/** For the board's own files. */
	folder: string;
	name: string;
	/** Number of the board, from 0 on: its MAC address. */
	index: number;
	/** Path of the chip's socket. */
	chip: string;
	/** How the emulator reaches the chip: by an I2C controller that it connects to SE050_SIM, or by the board's second serial port. */
	link: "i2c" | "uart";
	/** QEMU's model of the network interface. */
	network: string;
	/** Further arguments of QEMU. */
	more: readonly string[];
	onLine(line: string): void;
	/** Takes what the emulator itself prints. */
	onError(line: string): void;
}

/** The arguments of QEMU for one board. */
export function emulatorArguments(
	options: Omit<EmulatorOptions, "program" | "flash" | "onLine" | "onError">,
): string[] {
	const { folder, name, link, chip, network, more } = options;
	const file = (suffix: string) => join(folder, `${name}.${suffix}`);
	return [
		...["-M", machine, "-m", "4M", "-display", "none", "-monitor", "none", "-serial", "stdio"],
		...(link === "uart" ? ["-chardev", `socket,id=chip,path=${chip}`, "-serial", "chardev:chip"] : []),
		...["-drive", `file=${file("flash")},if=mtd,format=raw`],
		...["-drive", `file=${file("efuse")},if=none,format=raw,id=efuse`],
		...["-global", "driver=nvram.esp32.efuse,property=drive,value=efuse"],
		// A busy machine is slower than the watchdog of a board allows.
		...["-global", "driver=timer.esp32.timg,property=wdt_disable,value=true"],
		...["-nic", network === "none" ? "none" : `user,model=${network},net=10.0.2.0/24`],
		...more,
	];
}

/** QEMU warns of a network interface that it does not have, and goes on without one: the board would wait forever. */
export function isMissingNetwork(line: string): boolean {
	return /requested NIC .* was not created/.test(line);
}

/** QEMU asks the name server of /etc/resolv.conf; this gives it another one, in a mount namespace of its own. */
function inNamespace(resolver: string, program: string, args: readonly string[]): { program: string; args: string[] } {
	const user = process.getuid?.() === 0 ? [] : ["--map-root-user"];
	const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
	return { program: "unshare", args: [...user, "--mount", "sh", "-c", script, resolver, program, ...args] };
}

/** An emulated board that runs. */
export interface EmulatedBoard {
	ended: Promise<{ status: number | null; signal: NodeJS.Signals | null }>;
	stop(): Promise<void>;
}

/** Switches an emulated board on: flash and eFuses in files of its own, the serial line as lines. */
export function startEmulator(options: EmulatorOptions): EmulatedBoard {
	const { program, flash, folder, name, index, chip, onLine, onError } = options;
	writeFileSync(join(folder, `${name}.flash`), flash);
	writeFileSync(join(folder, `${name}.efuse`), makeEfuses(index));
	const resolver = join(folder, "resolv.conf");
	writeFileSync(resolver, `nameserver ${nameServer}\n`);
	const command = inNamespace(resolver, program, emulatorArguments(options));
	const child: ChildProcess = spawn(command.program, command.args, {
		// Standard input stays open: at its end QEMU takes the serial line for closed.
		stdio: ["pipe", "pipe", "pipe"],
		env: { ...process.env, SE050_SIM: chip, SE050_HZ: "400000" },
	});
	const read = async (stream: NodeJS.ReadableStream | null, take: (line: string) => void) => {
		if (stream) for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) take(line);
	};
	const output = Promise.all([read(child.stdout, onLine), read(child.stderr, onError)]);
	const ended = once(child, "exit").then(async ([status, signal]) => {
		await output;
		return { status, signal };
	});
	return {
		ended,
		async stop() {
			child.kill("SIGTERM");
			await ended.catch(() => undefined); // it was never started
		},
	};
}
