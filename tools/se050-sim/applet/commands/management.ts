// SPDX-License-Identifier: MIT
import { concat } from "../../../lib/bytes.js";
import { StatusWordError, sw } from "../../card/status.js";
import { appletTags, memoryTypes, parameter2, resultCodes } from "../codes.js";
import { memoryUse, objectIdIn } from "../objects.js";
import { checkRight, objectRights } from "../policy.js";
import {
	type AppletCommand,
	byteString,
	managementCommand,
	noData,
	required,
	type SimulatedChip,
	timestamp,
	uint8,
	uint16,
	unsigned,
} from "./command.js";

const getVersion = managementCommand({
	p2: parameter2.version,
	run: chip => ({ data: byteString(chip, appletTags.tag1, chip.variant.version), microseconds: chip.latency.command }),
});

/** Version and 30 bytes of extended feature bits, whose meaning nobody publishes: all zero here. */
const getExtendedVersion = managementCommand({
	p2: parameter2.versionExtended,
	run: chip => ({
		data: byteString(chip, appletTags.tag1, concat(chip.variant.version, new Uint8Array(30))),
		microseconds: chip.latency.command,
	}),
});

const getRandom = managementCommand({
	p2: parameter2.random,
	required: [appletTags.tag1],
	run(chip, { tlvs }) {
		const size = unsigned(tlvs, appletTags.tag1, 2)!;
		if (size === 0 || size > chip.variant.responseValue) throw new StatusWordError(sw.conditionsNotSatisfied);
		return {
			data: byteString(chip, appletTags.tag1, chip.random.bytes(size)),
			microseconds: chip.latency.random + size * chip.latency.randomByte,
		};
	},
});

/** Bytes of non-volatile memory that are left: the factory's figure less what was written since. */
export function freeMemory(chip: SimulatedChip): number {
	const written = chip.objects.list().filter(object => object.origin !== "provisioned" && !object.transient);
	return chip.variant.memory.persistent - written.reduce((sum, object) => sum + memoryUse(object), 0);
}

const getFreeMemory = managementCommand({
	p2: parameter2.memory,
	required: [appletTags.tag1],
	run(chip, { tlvs }) {
		const { transientReset, transientDeselect } = chip.variant.memory;
		const free = new Map<number | undefined, number>([
			[memoryTypes.persistent, freeMemory(chip)],
			[memoryTypes.transientReset, transientReset],
			[memoryTypes.transientDeselect, transientDeselect],
		]).get(unsigned(tlvs, appletTags.tag1, 1));
		if (free === undefined) throw new StatusWordError(sw.wrongData);
		return { data: uint16(Math.min(free, 0x7fff)), microseconds: chip.latency.command };
	},
});

const getTimestamp = managementCommand({
	p2: parameter2.time,
	run: chip => ({ data: byteString(chip, appletTags.tag1, timestamp(chip)), microseconds: chip.latency.command }),
});

const checkObjectExists = managementCommand({
	p2: parameter2.exist,
	required: [appletTags.tag1],
	run(chip, { tlvs }) {
		const exists = chip.objects.has(objectIdIn(required(tlvs, appletTags.tag1)));
		return { data: uint8(exists ? resultCodes.success : resultCodes.failure), microseconds: chip.latency.command };
	},
});

const deleteObject = managementCommand({
	p2: parameter2.deleteObject,
	required: [appletTags.tag1],
	run(chip, { tlvs, requester }) {
		const object = chip.objects.get(required(tlvs, appletTags.tag1));
		checkRight(object, objectRights.delete, requester);
		chip.objects.delete(object);
		return { data: noData, microseconds: chip.latency.write };
	},
});

export const managementCommands: readonly AppletCommand[] = [
	getVersion,
	getExtendedVersion,
	getRandom,
	getFreeMemory,
	getTimestamp,
	checkObjectExists,
	deleteObject,
];
