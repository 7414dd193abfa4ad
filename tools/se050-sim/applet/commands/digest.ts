import { createHash } from "node:crypto";
import { INS, P1, P2, TAG } from "../codes.js";
import { SW, StatusError } from "../../card/status.js";
import { type Command, byteString, required, unsigned } from "./command.js";

/** `SE05x_DigestMode_t`. */
const DIGEST_MODE: ReadonlyMap<number, string> = new Map([[0x01, "sha1"], [0x07, "sha224"], [0x04, "sha256"], [0x05, "sha384"], [0x06, "sha512"]]);

/** A digest of data that comes whole. No object has a say in it. */
const digestOneShot: Command = {
	name: "DigestOneShot",
	ins: INS.crypto,
	p1: P1.default,
	p2: P2.oneshot,
	required: [TAG.tag1, TAG.tag2],
	run(chip, { tlvs }) {
		const hash = DIGEST_MODE.get(unsigned(tlvs, TAG.tag1, 1)!);
		if (hash === undefined)
			throw new StatusError(SW.wrongData);
		const digest = new Uint8Array(createHash(hash).update(required(tlvs, TAG.tag2)).digest());
		return { data: byteString(chip, TAG.tag1, digest), microseconds: chip.latency.command };
	},
};

export const DIGEST_COMMANDS: readonly Command[] = [digestOneShot];
