// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { UserError } from "../../lib/user-error.js";
import { asArray, asNumber, asObject, asString, type JsonObject } from "../state/json.js";
import type { ChipFault, FaultAction, Sender } from "./fault.js";

/** Reads one member of a fault. Throws a TypeError that names it. */
type Reader<T> = (members: JsonObject, name: string) => T;

function choice<const T extends string>(values: readonly T[]): Reader<T> {
	return (members, name) => {
		const value = values.find(candidate => candidate === members[name]);
		if (value === undefined) throw new TypeError(`its ${name} must be one of ${values.join(", ")}`);
		return value;
	};
}

function count(least: number, most: number): Reader<number> {
	return (members, name) => {
		const value = asNumber(members[name], `its ${name}`);
		if (value < least || value > most) throw new TypeError(`its ${name} is not from ${least} to ${most}`);
		return value;
	};
}

const sender: Reader<Sender> = choice(["host", "chip"]);
const transaction = choice(["write", "read"]);
const byte = count(0, 255);
const duration = count(0, 0xffffffff);

function difference(members: JsonObject): number {
	const value = members.difference;
	if (typeof value !== "number" || !Number.isInteger(value) || value === 0 || Math.abs(value) > 255)
		throw new TypeError("its difference is not from -255 to 255, or is 0");
	return value;
}

function multipliers(members: JsonObject): number[] {
	return asArray(members.multipliers, "its multipliers").map(multiplier => byte({ multiplier }, "multiplier"));
}

const readers: Record<FaultAction["kind"], (members: JsonObject) => FaultAction> = {
	lost: members => ({ kind: "lost", from: sender(members, "from") }),
	duplicated: members => ({ kind: "duplicated", from: sender(members, "from") }),
	"wrong-sequence": members => ({ kind: "wrong-sequence", from: sender(members, "from") }),
	corrupted: members => ({ kind: "corrupted", from: sender(members, "from"), bit: count(0, 0xffff)(members, "bit") }),
	collision: members => ({ kind: "collision", from: sender(members, "from"), bit: count(0, 0xffff)(members, "bit") }),
	truncated: members => ({
		kind: "truncated",
		from: sender(members, "from"),
		length: count(0, 259)(members, "length"),
	}),
	"wrong-nad": members => ({ kind: "wrong-nad", from: sender(members, "from"), value: byte(members, "value") }),
	"wrong-length": members => ({ kind: "wrong-length", from: sender(members, "from"), difference: difference(members) }),
	late: members => ({ kind: "late", microseconds: duration(members, "microseconds") }),
	"r-nak": members => ({ kind: "r-nak", error: count(1, 3)(members, "error") }),
	wtx: members => ({ kind: "wtx", multipliers: multipliers(members) }),
	ifs: members => ({ kind: "ifs", size: count(1, 254)(members, "size") }),
	abort: () => ({ kind: "abort" }),
	reset: members => ({ kind: "reset", when: choice(["before", "after"])(members, "when") }),
	nack: members => ({
		kind: "nack",
		during: transaction(members, "during"),
		after: count(0, 259)(members, "after"),
		times: count(1, 0xffff)(members, "times"),
	}),
	silent: members => ({
		kind: "silent",
		during: transaction(members, "during"),
		microseconds: duration(members, "microseconds"),
	}),
	"sda-low": members => ({
		kind: "sda-low",
		during: transaction(members, "during"),
		microseconds: duration(members, "microseconds"),
	}),
};

/** A fault from unchecked JSON. Throws a TypeError. */
function faultFromJson(value: unknown): ChipFault {
	const members = asObject(value, "it");
	const kind = asString(members.kind, "its kind");
	if (!Object.hasOwn(readers, kind)) throw new TypeError(`its kind must be one of ${Object.keys(readers).join(", ")}`);
	return {
		exchange: count(1, Number.MAX_SAFE_INTEGER)(members, "exchange"),
		...readers[kind as FaultAction["kind"]](members),
	};
}

/** Reads a script of faults: a JSON list of them. Throws UserError. */
export function readFaults(path: string): ChipFault[] {
	let number = 0;
	try {
		return asArray(JSON.parse(readFileSync(path, "utf8")), "the file").map(value => {
			number++;
			return faultFromJson(value);
		});
	} catch (error) {
		const where = number === 0 ? "" : `fault ${number}: `;
		throw new UserError(
			`${path} is not a script of faults (${where}${(error as Error).message}): see docs/simulator.md, "Faults".`,
		);
	}
}
