import { INS, INS_FLAG, P1, P2, TAG } from "../codes.js";
import type { BinaryFile, SecureObject } from "../objects.js";
import { RIGHT } from "../policy.js";
import { SW, StatusError } from "../status.js";
import { type Command, NO_DATA, type Request, unsigned } from "./command.js";
import { create, creation, writable } from "./creation.js";

/** A new file; 6985 without a size: then the file was meant to exist. */
function newFile(id: number, size: number | undefined, request: Request): BinaryFile {
	if (size === undefined)
		throw new StatusError(SW.conditionsNotSatisfied);
	if (size === 0 || size > 0x7FFF)
		throw new StatusError(SW.wrongData);
	return { type: "binary", id, origin: "external", ...creation(request), data: new Uint8Array(size) };
}

/** A file that is there; 6985 with a size, which is for creation only, and for another type. */
function existingFile(object: SecureObject, size: number | undefined): BinaryFile {
	if (object.type !== "binary" || size !== undefined)
		throw new StatusError(SW.conditionsNotSatisfied);
	return object;
}

function withContent(file: BinaryFile, offset: number, content: Uint8Array): BinaryFile {
	if (offset + content.length > file.data.length)
		throw new StatusError(SW.wrongData);
	const data = file.data.slice();
	data.set(content, offset);
	return { ...file, data };
}

const writeBinary: Command = {
	name: "WriteBinary",
	ins: INS.write,
	p1: P1.binary,
	p2: P2.default,
	flags: INS_FLAG.transient,
	required: [TAG.tag1],
	optional: [TAG.policy, TAG.tag2, TAG.tag3, TAG.tag4],
	run(chip, request) {
		const { tlvs } = request;
		const { id, existing } = writable(chip, request, RIGHT.write);
		const size = unsigned(tlvs, TAG.tag3, 2);
		const content = tlvs.get(TAG.tag4) ?? NO_DATA;
		const file = existing ? existingFile(existing, size) : newFile(id, size, request);
		const written = withContent(file, unsigned(tlvs, TAG.tag2, 2) ?? 0, content);
		if (existing)
			chip.objects.put(written);
		else
			create(chip, written);
		return { data: NO_DATA, microseconds: chip.latency.write + content.length * chip.latency.writeByte };
	},
};

export const WRITE_COMMANDS: readonly Command[] = [writeBinary];
