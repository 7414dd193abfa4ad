// SPDX-License-Identifier: MIT
import { type Command, InvalidArgumentError } from "commander";
import { type PolicyEntry, type Right, rights } from "../../se050/management/policy.js";
import { busName, checkBus, factoryScp03 } from "../lib/arguments.js";
import type { ChipConnection } from "./chip.js";
import { readKeys } from "./key-file.js";
import { type OutputOptions, withJsonOption } from "./output.js";

const objectId = /^(0x)?[0-9a-fA-F]{1,8}$/;

/** An object's id in hexadecimal digits, with or without 0x. */
export function parseObjectId(text: string): number {
	if (!objectId.test(text)) throw new InvalidArgumentError("It must be hexadecimal digits, as in 0xF0000100.");
	return Number.parseInt(text.replace(/^0x/, ""), 16);
}

function rightsOf(text: string): number {
	return text.split(",").reduce((bits, name) => {
		if (!Object.hasOwn(rights, name))
			throw new InvalidArgumentError(
				`Rights must be some of ${Object.keys(rights).join(", ")}, with commas between them.`,
			);
		return bits | rights[name as Right];
	}, 0);
}

/** A policy's entries as they are given one by one: "sign,read" foreverybody, "7DA00001:write,delete" for a user. */
export function policyEntry(text: string, former: readonly PolicyEntry[] = []): PolicyEntry[] {
	const [, user = "0", list = ""] = /^(?:([^:]*):)?(.*)$/.exec(text) ?? [];
	if (!objectId.test(user))
		throw new InvalidArgumentError(
			"The user before the colon is named by hexadecimal digits, as in 7DA00001:write,delete.",
		);
	return [...former, { user: parseObjectId(user), rights: rightsOf(list) }];
}

/** Where the chip is, and how it is spoken to. */
export interface ToolOptions extends OutputOptions {
	bus: string;
	scp03?: string;
	scp03Keys?: string;
	trace?: string;
}

/** Adds the options of every command that talks to a chip. */
export function withChipOptions(command: Command): Command {
	return withJsonOption(command)
		.option("--bus <bus>", "the chip: sim:PATH, sim:HOST:PORT or /dev/i2c-N", busName, "sim:state/chip.sock")
		.option(
			"--scp03 <name>",
			"through a secure channel with the factory's keys: auto, or a variant's name",
			factoryScp03,
		)
		.option(
			"--scp03-keys <file>",
			"through a secure channel with own keys: lines ENC, MAC and DEK, 32 hexadecimal digits each",
		)
		.option("--trace <file>", "append every transaction of the bus to a file, for the command trace");
}

/** @throws Error of one sentence: both kinds of keys, or a file that cannot be used */
export function connection({ bus, scp03, scp03Keys, trace }: ToolOptions): ChipConnection {
	if (scp03 !== undefined && scp03Keys !== undefined)
		throw new Error("--scp03 and --scp03-keys cannot be combined: leave one out.");
	if (trace?.includes(",")) throw new Error("The name of a trace file must not contain a comma: choose another.");
	const keys = scp03Keys === undefined ? scp03 : readKeys(scp03Keys);
	checkBus(bus);
	return { bus: trace === undefined ? bus : `trace:${trace},${bus}`, ...(keys !== undefined && { scp03: keys }) };
}
