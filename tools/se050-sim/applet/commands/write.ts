// SPDX-License-Identifier: MIT
import { StatusError, sw } from "../../card/status.js";
import { insFlag, instructions, parameter1, parameter2, tags } from "../codes.js";
import type { SecureObject } from "../objects.js";
import { objectRights } from "../policy.js";
import { type Command, noData, unsigned } from "./command.js";
import { store, writable } from "./creation.js";

/** The content of a new file; 6985 without a size: then the file was meant to exist. */
function newContent(size: number | undefined): Uint8Array {
	if (size === undefined) throw new StatusError(sw.conditionsNotSatisfied);
	if (size === 0 || size > 0x7fff) throw new StatusError(sw.wrongData);
	return new Uint8Array(size);
}

/** A copy of the content of a file that is there; 6985 with a size, which is for creation only, and for another type. */
function existingContent(object: SecureObject, size: number | undefined): Uint8Array {
	if (object.type !== "binary" || size !== undefined) throw new StatusError(sw.conditionsNotSatisfied);
	return object.data.slice();
}

const writeBinary: Command = {
	name: "WriteBinary",
	ins: instructions.write,
	p1: parameter1.binary,
	p2: parameter2.default,
	flags: insFlag.transient,
	required: [tags.tag1],
	optional: [tags.policy, tags.tag2, tags.tag3, tags.tag4, tags.version],
	run(chip, request) {
		const { tlvs } = request;
		const target = writable(chip, request, objectRights.write);
		const size = unsigned(tlvs, tags.tag3, 2);
		const data = target.existing ? existingContent(target.existing, size) : newContent(size);
		const offset = unsigned(tlvs, tags.tag2, 2) ?? 0;
		const written = tlvs.get(tags.tag4) ?? noData;
		if (offset + written.length > data.length) throw new StatusError(sw.wrongData);
		data.set(written, offset);
		store(chip, request, target, { type: "binary", origin: "external", data });
		return { data: noData, microseconds: chip.latency.write + written.length * chip.latency.writeByte };
	},
};

export const writeCommands: readonly Command[] = [writeBinary];
