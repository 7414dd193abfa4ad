// SPDX-License-Identifier: MIT

import type { memories } from "../../se050/management/object-management.js";
import { partName } from "../../se050/management/part-name.js";
import { keyPairs, objects, typeName } from "../../se050/objects.js";
import { toHex } from "../lib/bytes.js";
import { ChipError, type ChipProcess } from "./chip.js";

/**
 * Features that a bit of the applet's configuration switches on (NXP's se05x_enums.h, SE05x_AppletConfig_t). FIPS_DISABLED is
 * not among them: an SE050C in the default mode does not set it.
 */
const features = {
	ECDAA: 0x0001,
	"ECDSA and ECDH": 0x0002,
	EdDSA: 0x0004,
	"X25519 and X448": 0x0008,
	HMAC: 0x0010,
	RSA: 0x0020,
	"RSA with CRT": 0x0040,
	AES: 0x0080,
	DES: 0x0100,
	PBKDF2: 0x0200,
	TLS: 0x0400,
	MIFARE: 0x0800,
	"I2C master": 0x2000,
} as const;

export const idText = (id: number): string => `0x${id.toString(16).toUpperCase().padStart(8, "0")}`;

/** The name that objects.ts gives to an id. */
function knownName(id: number): string {
	const pair = keyPairs.find(({ key, certificate }) => key === id || certificate === id);
	return (
		Object.entries(objects).find(([, known]) => known === id)?.[0] ??
		(pair ? `${pair.name} ${pair.type}${pair.key === id ? "" : " certificate"}` : "")
	);
}

/** The result, or undefined where the chip refuses. */
async function unlessRefused<Result>(asked: Promise<Result>): Promise<Result | undefined> {
	try {
		return await asked;
	} catch (error) {
		if (error instanceof ChipError && error.sw !== undefined) return undefined;
		throw error;
	}
}

function part(oef: number | undefined, variant: string): string {
	const name = oef === undefined ? undefined : partName(oef);
	return name ?? `not known by its OEF id; by its version ${variant}`;
}

/** SW_SECURITY_STATUS_NOT_SATISFIED: a part that demands Platform SCP03 says nothing more without it. */
const notSatisfied = 0x6982;

async function uidText(chip: ChipProcess): Promise<string> {
	try {
		return toHex(await chip.call("uid"));
	} catch (error) {
		if (!(error instanceof ChipError) || error.sw === undefined) throw error;
		return error.sw === notSatisfied
			? "not readable: this chip requires a secure channel, try --scp03 auto"
			: `not readable: ${error.message}`;
	}
}

const memoryNames = {
	persistent: "persistent",
	transientReset: "transient until reset",
	transientDeselect: "transient until deselect",
} as const satisfies Record<keyof typeof memories, string>;

/** What a chip is. */
export interface ChipInfo {
	atr: string;
	/** Four hexadecimal digits; undefined on a part that does not report it. */
	oef: string | undefined;
	part: string;
	applet: string;
	/** Hexadecimal digits, as are `secureBox`'s. */
	configuration: string;
	secureBox: string;
	features: string[];
	/** Hexadecimal digits, or why it is not readable. */
	uid: string;
	/** Bytes of each kind of memory; undefined where the chip refuses. */
	freeMemory: Partial<Record<keyof typeof memories, number>>;
}

export async function info(chip: ChipProcess): Promise<ChipInfo> {
	const { atr, oef, version } = await chip.call("greet");
	const { major, minor, patch, config, secureBox, variant } = version;
	const uid = await uidText(chip);
	const freeMemory: ChipInfo["freeMemory"] = {};
	for (const kind of Object.keys(memoryNames) as (keyof typeof memories)[])
		freeMemory[kind] = await unlessRefused(chip.call("freeMemory", kind));
	return {
		atr: toHex(atr),
		oef: oef?.toString(16).toUpperCase().padStart(4, "0"),
		part: part(oef, variant),
		applet: `${major}.${minor}.${patch}`,
		configuration: config.toString(16),
		secureBox: secureBox.toString(16),
		features: Object.entries(features)
			.filter(([, bit]) => config & bit)
			.map(([name]) => name),
		uid,
		freeMemory,
	};
}

/** As text: a line each. */
export function infoLines(chip: ChipInfo): string[] {
	return [
		`ATR          ${chip.atr}`,
		`OEF          ${chip.oef ?? "unknown"}`,
		`part         ${chip.part}`,
		`applet       ${chip.applet}, configuration ${chip.configuration}, secure box ${chip.secureBox}`,
		`features     ${chip.features.join(", ")}`,
		`UID          ${chip.uid}`,
		...Object.entries(memoryNames).map(
			([kind, name]) => `free memory  ${chip.freeMemory[kind as keyof typeof memories] ?? "unknown"} bytes ${name}`,
		),
	];
}

/** An object of a chip, as `list` shows it. */
export interface ListedObject {
	id: string;
	/** Undefined where the chip refuses to report it, as may be `size`. */
	type: string | undefined;
	transient: boolean;
	/** Bytes. */
	size: number | undefined;
	/** The factory's name; empty for any other object. */
	name: string;
}

/** All objects. */
export async function list(chip: ChipProcess): Promise<ListedObject[]> {
	const found: ListedObject[] = [];
	for (const id of await chip.call("ids")) {
		const type = await unlessRefused(chip.call("type", id));
		found.push({
			id: idText(id),
			type: type && typeName(type.type),
			transient: type?.transient ?? false,
			size: await unlessRefused(chip.call("size", id)),
			name: knownName(id),
		});
	}
	return found;
}

/** As text: a line. */
export function objectLine({ id, type = "unreadable", transient, size, name }: ListedObject): string {
	const kind = `${type}${transient ? ", transient" : ""}`;
	return `${id}  ${kind.padEnd(24)} ${String(size ?? "").padStart(5)}  ${name}`.trimEnd();
}
