// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { StatusWordError, sw } from "../../card/status.js";
import { appletInstructions, appletTags, parameter1, parameter2 } from "../codes.js";
import { type AppletCommand, byteString, required, unsigned } from "./command.js";

/** `SE05x_DigestMode_t`. */
const digestMode: ReadonlyMap<number, string> = new Map([
	[0x01, "sha1"],
	[0x07, "sha224"],
	[0x04, "sha256"],
	[0x05, "sha384"],
	[0x06, "sha512"],
]);

/** A digest of data that comes whole. No object has a say in it. */
const digestOneShot: AppletCommand = {
	ins: appletInstructions.crypto,
	p1: parameter1.default,
	p2: parameter2.oneshot,
	required: [appletTags.tag1, appletTags.tag2],
	run(chip, { tlvs }) {
		const hash = digestMode.get(unsigned(tlvs, appletTags.tag1, 1)!);
		if (hash === undefined) throw new StatusWordError(sw.wrongData);
		const digest = new Uint8Array(createHash(hash).update(required(tlvs, appletTags.tag2)).digest());
		return { data: byteString(chip, appletTags.tag1, digest), microseconds: chip.latency.command };
	},
};

export const digestCommands: readonly AppletCommand[] = [digestOneShot];
