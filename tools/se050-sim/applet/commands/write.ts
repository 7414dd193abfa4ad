import { INS, INS_FLAG, P1, P2, TAG } from "../codes.js";
import type { SecureObject } from "../objects.js";
import { RIGHT } from "../policy.js";
import { SW, StatusError } from "../../card/status.js";
import { type Command, NO_DATA, unsigned } from "./command.js";
import { store, writable } from "./creation.js";

/** The content of a new file; 6985 without a size: then the file was meant to exist. */
function newContent(size: number | undefined): Uint8Array {
	if (size === undefined)
		throw new StatusError(SW.conditionsNotSatisfied);
	if (size === 0 || size > 0x7FFF)
		throw new StatusError(SW.wrongData);
	return new Uint8Array(size);
}

/** A copy of the content of a file that is there; 6985 with a size, which is for creation only, and for another type. */
function existingContent(object: SecureObject, size: number | undefined): Uint8Array {
	if (object.type !== "binary" || size !== undefined)
		throw new StatusError(SW.conditionsNotSatisfied);
	return object.data.slice();
}

const writeBinary: Command = {
	name: "WriteBinary",
	ins: INS.write,
	p1: P1.binary,
	p2: P2.default,
	flags: INS_FLAG.transient,
	required: [TAG.tag1],
	optional: [TAG.policy, TAG.tag2, TAG.tag3, TAG.tag4, TAG.version],
	run(chip, request) {
		const { tlvs } = request;
		const target = writable(chip, request, RIGHT.write);
		const size = unsigned(tlvs, TAG.tag3, 2);
		const data = target.existing ? existingContent(target.existing, size) : newContent(size);
		const offset = unsigned(tlvs, TAG.tag2, 2) ?? 0;
		const written = tlvs.get(TAG.tag4) ?? NO_DATA;
		if (offset + written.length > data.length)
			throw new StatusError(SW.wrongData);
		data.set(written, offset);
		store(chip, request, target, { type: "binary", origin: "external", data });
		return { data: NO_DATA, microseconds: chip.latency.write + written.length * chip.latency.writeByte };
	},
};

export const WRITE_COMMANDS: readonly Command[] = [writeBinary];
