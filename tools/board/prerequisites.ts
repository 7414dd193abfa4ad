// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { accessSync, closeSync, constants, existsSync, openSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isatty } from "node:tty";
import { explainOpening } from "../lib/serial/ports.js";

/** What the check looks at; injected by its tests. */
export interface Surroundings {
	environment: NodeJS.ProcessEnv;
	/** What a program prints with --version; undefined when it cannot be started. */
	versionOf(program: string): string | undefined;
}

export const surroundings: Surroundings = {
	environment: process.env,
	versionOf(program) {
		const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
		return status === 0 ? stdout.trim() : undefined;
	},
};

/** mcconfig checks types with strict settings that TypeScript 5 does not have. */
const leastTypeScript = 6;

function onPath(program: string, { environment }: Surroundings): boolean {
	return (environment.PATH ?? "").split(delimiter).some(folder => existsSync(join(folder, program)));
}

/** The name of Espressif's flash program: `esptool` from version 5 on, `esptool.py` before; undefined when it is not there. */
export function findEsptool(given: Surroundings = surroundings): string | undefined {
	return ["esptool", "esptool.py"].find(program => onPath(program, given));
}

function problemsOfSdk(given: Surroundings): string[] {
	const { MODDABLE, IDF_PATH } = given.environment;
	const typescript = given.versionOf("tsc");
	const major = Number(/(\d+)\./.exec(typescript ?? "")?.[1] ?? 0);
	return [
		...(MODDABLE && existsSync(MODDABLE)
			? []
			: [
					"The Moddable SDK is not set up: install it, and let the environment variable MODDABLE name its folder (docs/hardware.md).",
				]),
		...(onPath("mcconfig", given)
			? []
			: ["mcconfig is not on the PATH: add $MODDABLE/build/bin/lin/release to it (docs/hardware.md)."]),
		...(IDF_PATH && existsSync(IDF_PATH)
			? []
			: ['ESP-IDF is not set up in this shell: run ". $IDF_PATH/export.sh" of ESP-IDF v6.0 first (docs/hardware.md).']),
		...(major >= leastTypeScript
			? []
			: [
					`mcconfig needs TypeScript ${leastTypeScript} or newer as tsc on the PATH, and ${typescript === undefined ? "there is none" : `finds ${typescript}`}: npm install -g typescript.`,
				]),
	];
}

/** Serial ports are terminals. */
function isTerminal(path: string): boolean {
	const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
	try {
		return isatty(fd);
	} finally {
		closeSync(fd);
	}
}

function problemOfPort(path: string): string[] {
	try {
		accessSync(path, constants.R_OK | constants.W_OK);
		return isTerminal(path) ? [] : [explainOpening(path, new Error("ENOTTY"))];
	} catch (error) {
		return [explainOpening(path, error as Error)];
	}
}

export interface Needs {
	/** The image is built. */
	build: boolean;
	/** Boards are flashed. */
	flash: boolean;
	ports: readonly string[];
}

/** What is missing for the steps that are to be done, a sentence each. */
export function findProblems({ build, flash, ports }: Needs, given: Surroundings = surroundings): string[] {
	return [
		...(build ? problemsOfSdk(given) : []),
		...(flash && findEsptool(given) === undefined
			? [
					'esptool is not on the PATH: run ". $IDF_PATH/export.sh" of ESP-IDF first, or install it with: pip install esptool.',
				]
			: []),
		...ports.flatMap(problemOfPort),
	];
}
