// SPDX-License-Identifier: MIT
import { concat } from "../../../lib/bytes.js";
import { StatusError, sw } from "../../card/status.js";
import { memories, parameter2, results, tags } from "../codes.js";
import { memoryUse, objectId } from "../objects.js";
import { checkRight, objectRights } from "../policy.js";
import {
	byteString,
	type Chip,
	type Command,
	managementCommand,
	noData,
	required,
	timestamp,
	uint8,
	uint16,
	unsigned,
} from "./command.js";

const getVersion = managementCommand({
	name: "GetVersion",
	p2: parameter2.version,
	run: chip => ({ data: byteString(chip, tags.tag1, chip.variant.version), microseconds: chip.latency.command }),
});

/** Version and 30 bytes of extended feature bits, whose meaning nobody publishes: all zero here. */
const getExtendedVersion = managementCommand({
	name: "GetVersionExt",
	p2: parameter2.versionExtended,
	run: chip => ({
		data: byteString(chip, tags.tag1, concat(chip.variant.version, new Uint8Array(30))),
		microseconds: chip.latency.command,
	}),
});

const getRandom = managementCommand({
	name: "GetRandom",
	p2: parameter2.random,
	required: [tags.tag1],
	run(chip, { tlvs }) {
		const size = unsigned(tlvs, tags.tag1, 2)!;
		if (size === 0 || size > chip.variant.responseValue) throw new StatusError(sw.conditionsNotSatisfied);
		return {
			data: byteString(chip, tags.tag1, chip.random.bytes(size)),
			microseconds: chip.latency.random + size * chip.latency.randomByte,
		};
	},
});

/** Bytes of non-volatile memory that are left: the factory's figure less what was written since. */
export function freeMemory(chip: Chip): number {
	const written = chip.objects.list().filter(object => object.origin !== "provisioned" && !object.transient);
	return chip.variant.memory.persistent - written.reduce((sum, object) => sum + memoryUse(object), 0);
}

const getFreeMemory = managementCommand({
	name: "GetFreeMemory",
	p2: parameter2.memory,
	required: [tags.tag1],
	run(chip, { tlvs }) {
		const { transientReset, transientDeselect } = chip.variant.memory;
		const free = new Map<number | undefined, number>([
			[memories.persistent, freeMemory(chip)],
			[memories.transientReset, transientReset],
			[memories.transientDeselect, transientDeselect],
		]).get(unsigned(tlvs, tags.tag1, 1));
		if (free === undefined) throw new StatusError(sw.wrongData);
		return { data: uint16(Math.min(free, 0x7fff)), microseconds: chip.latency.command };
	},
});

const getTimestamp = managementCommand({
	name: "GetTimestamp",
	p2: parameter2.time,
	run: chip => ({ data: byteString(chip, tags.tag1, timestamp(chip)), microseconds: chip.latency.command }),
});

const checkObjectExists = managementCommand({
	name: "CheckObjectExists",
	p2: parameter2.exist,
	required: [tags.tag1],
	run(chip, { tlvs }) {
		const exists = chip.objects.has(objectId(required(tlvs, tags.tag1)));
		return { data: uint8(exists ? results.success : results.failure), microseconds: chip.latency.command };
	},
});

const deleteObject = managementCommand({
	name: "DeleteSecureObject",
	p2: parameter2.deleteObject,
	required: [tags.tag1],
	run(chip, { tlvs, requester }) {
		const object = chip.objects.get(required(tlvs, tags.tag1));
		checkRight(object, objectRights.delete, requester);
		chip.objects.delete(object);
		return { data: noData, microseconds: chip.latency.write };
	},
});

export const managementCommands: readonly Command[] = [
	getVersion,
	getExtendedVersion,
	getRandom,
	getFreeMemory,
	getTimestamp,
	checkObjectExists,
	deleteObject,
];
