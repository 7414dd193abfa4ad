// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SimulatedChip } from "../../../tools/se050-sim/applet/commands/command.js";
import { ObjectStore, type SecureObject } from "../../../tools/se050-sim/applet/objects.js";
import { Card } from "../../../tools/se050-sim/card/card.js";
import { repeatableRandom } from "../../../tools/se050-sim/crypto/random.js";
import { openManufacturer } from "../../../tools/se050-sim/factory/manufacturer.js";
import { provision } from "../../../tools/se050-sim/factory/personality.js";
import { type ChipVariant, factoryPlatform } from "../../../tools/se050-sim/factory/variants.js";
import { bytes } from "./host.js";

export const selectApplet = "00A4040010A000000396545300000001030000000000";

/** SHA-256 of "abc". */
export const abc = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";

/** A card with the applet selected, without a data link in front. */
export interface TestCard {
	chip: SimulatedChip;
	card: Card;
	/** One APDU as hexadecimal digits, white space allowed; the answer likewise, in upper case. */
	run(apdu: string): string;
}

/** What the factory puts into a chip of a variant. */
export async function factoryObjects(variant: ChipVariant, allKeys = false): Promise<SecureObject[]> {
	const folder = mkdtempSync(join(tmpdir(), "se050-sim-"));
	try {
		return await provision(variant, await openManufacturer(join(folder, "manufacturer.json")), allKeys);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** A chip of a variant, by default with the shortest lengths in its answers. */
export function testCard(
	variant: ChipVariant,
	objects: readonly SecureObject[],
	settings: Partial<SimulatedChip> = {},
): TestCard {
	const chip: SimulatedChip = {
		variant,
		latency: variant.latency,
		objects: new ObjectStore(objects),
		platform: factoryPlatform(variant),
		keep: () => {},
		random: repeatableRandom("card"),
		tlvLength: "short",
		boots: 3,
		uptime: () => 5_000_000,
		...settings,
	};
	const card = new Card(chip, { selected: "applet", channel: undefined }, () => {});
	return {
		chip,
		card,
		run: apdu =>
			Buffer.from(card.execute(bytes(apdu)).response)
				.toString("hex")
				.toUpperCase(),
	};
}

/** The TLVs of an answer by tag. Throws where it is not one of success. */
export function tlvsOf(answer: string): Map<number, Buffer> {
	const form = bytes(answer);
	if (form.readUInt16BE(form.length - 2) !== 0x9000) throw new Error(`answer ${answer}`);
	const values = new Map<number, Buffer>();
	for (let rest = form.subarray(0, -2); rest.length > 0; ) {
		const start = rest[1] === 0x82 ? 4 : rest[1] === 0x81 ? 3 : 2;
		const length = start === 4 ? rest.readUInt16BE(2) : rest[start - 1]!;
		values.set(rest[0]!, rest.subarray(start, start + length));
		rest = rest.subarray(start + length);
	}
	return values;
}

/** The value of an answer's first TLV. */
export const value = (answer: string): Buffer => [...tlvsOf(answer).values()][0]!;

/** A TLV as hexadecimal digits. */
export function tlv(tag: string, content: string): string {
	const digits = content.replace(/\s+/g, "");
	const length = digits.length / 2;
	return tag + (length <= 0x7f ? hex(length, 2) : `82${hex(length, 4)}`) + digits;
}

export const hex = (number: number, digits: number): string => number.toString(16).toUpperCase().padStart(digits, "0");

/** A command with extended lengths. */
export const command = (header: string, ...tlvs: string[]): string => {
	const data = tlvs.join("").replace(/\s+/g, "");
	return `${header}00${hex(data.length / 2, 4)}${data}0000`;
};

/** The certificate in a file. */
export const certificateIn = ({ run }: Pick<TestCard, "run">, id: string): X509Certificate =>
	new X509Certificate(value(run(command("80020000", tlv("41", id)))).subarray(0, -6));
