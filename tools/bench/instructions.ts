// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "./programs.js";

/** A program that counts the instructions of another one in user mode. */
export interface InstructionCounter {
	name: string;
	/** The command that runs a command and writes the count to a file. */
	wrap(command: readonly string[], file: string): string[];
	/** Instructions, from that file's text; undefined when it has no count. */
	parse(text: string): number | undefined;
}

/** `perf stat -x ,`: value, unit, event, … (perf-stat(1), "CSV format"). The value of a counter that is not there is `<not supported>`. */
export function parsePerf(text: string): number | undefined {
	const [, count] = /^(\d+),[^,]*,instructions(?::u)?,/m.exec(text) ?? [];
	return count === undefined ? undefined : Number(count);
}

/** Cachegrind's summary: `==123== I   refs:      1,234,567`; since 3.21 there are two spaces less. */
export function parseCachegrind(text: string): number | undefined {
	const [, count] = /\bI\s+refs:\s+([\d,]+)/.exec(text) ?? [];
	return count === undefined ? undefined : Number(count.replaceAll(",", ""));
}

function perf(program: string): InstructionCounter {
	return {
		name: "perf",
		wrap: (command, file) => [program, "stat", "-x", ",", "-e", "instructions:u", "-o", file, "--", ...command],
		parse: parsePerf,
	};
}

function valgrind(program: string): InstructionCounter {
	const options = ["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"];
	return {
		name: "valgrind's cachegrind",
		wrap: (command, file) => [program, ...options, `--log-file=${file}`, ...command],
		parse: parseCachegrind,
	};
}

/** Whether a counter works here: in most virtual machines, perf has no hardware counters. */
function works({ wrap, parse }: InstructionCounter, folder: string): boolean {
	const file = join(folder, "counter-works");
	const [program = "", ...args] = wrap(["/bin/true"], file);
	const { status } = spawnSync(program, args, { stdio: "ignore" });
	return status === 0 && parse(readFileSync(file, "utf8")) !== undefined;
}

/** perf, else valgrind; undefined when this machine has no counter that works. */
export function instructionCounter(folder: string): InstructionCounter | undefined {
	const candidates = [
		["perf", perf],
		["valgrind", valgrind],
	] as const;
	return candidates
		.flatMap(([name, make]) => {
			const program = findProgram(name);
			return program === undefined ? [] : [make(program)];
		})
		.find(counter => works(counter, folder));
}
