import { concat } from "../../../lib/bytes.js";
import { MEMORY, P2, RESULT, TAG } from "../codes.js";
import { memoryUse, objectId } from "../objects.js";
import { RIGHT, checkRight } from "../policy.js";
import { SW, StatusError } from "../../card/status.js";
import { type Chip, type Command, NO_DATA, byteString, managementCommand, required, timestamp, uint16, uint8, unsigned } from "./command.js";

const getVersion = managementCommand({
	name: "GetVersion",
	p2: P2.version,
	run: chip => ({ data: byteString(chip, TAG.tag1, chip.variant.version), microseconds: chip.latency.command }),
});

/** Version and 30 bytes of extended feature bits, whose meaning nobody publishes: all zero here. */
const getExtendedVersion = managementCommand({
	name: "GetVersionExt",
	p2: P2.versionExtended,
	run: chip => ({
		data: byteString(chip, TAG.tag1, concat(chip.variant.version, new Uint8Array(30))),
		microseconds: chip.latency.command,
	}),
});

const getRandom = managementCommand({
	name: "GetRandom",
	p2: P2.random,
	required: [TAG.tag1],
	run(chip, { tlvs }) {
		const size = unsigned(tlvs, TAG.tag1, 2)!;
		if (size === 0 || size > chip.variant.responseValue)
			throw new StatusError(SW.conditionsNotSatisfied);
		return {
			data: byteString(chip, TAG.tag1, chip.random.bytes(size)),
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
	p2: P2.memory,
	required: [TAG.tag1],
	run(chip, { tlvs }) {
		const { transientReset, transientDeselect } = chip.variant.memory;
		const free = new Map<number | undefined, number>([
			[MEMORY.persistent, freeMemory(chip)],
			[MEMORY.transientReset, transientReset],
			[MEMORY.transientDeselect, transientDeselect],
		]).get(unsigned(tlvs, TAG.tag1, 1));
		if (free === undefined)
			throw new StatusError(SW.wrongData);
		return { data: uint16(Math.min(free, 0x7FFF)), microseconds: chip.latency.command };
	},
});

const getTimestamp = managementCommand({
	name: "GetTimestamp",
	p2: P2.time,
	run: chip => ({ data: byteString(chip, TAG.tag1, timestamp(chip)), microseconds: chip.latency.command }),
});

const checkObjectExists = managementCommand({
	name: "CheckObjectExists",
	p2: P2.exist,
	required: [TAG.tag1],
	run(chip, { tlvs }) {
		const exists = chip.objects.has(objectId(required(tlvs, TAG.tag1)));
		return { data: uint8(exists ? RESULT.success : RESULT.failure), microseconds: chip.latency.command };
	},
});

const deleteObject = managementCommand({
	name: "DeleteSecureObject",
	p2: P2.deleteObject,
	required: [TAG.tag1],
	run(chip, { tlvs, requester }) {
		const object = chip.objects.get(required(tlvs, TAG.tag1));
		checkRight(object, RIGHT.delete, requester);
		chip.objects.delete(object);
		return { data: NO_DATA, microseconds: chip.latency.write };
	},
});

export const MANAGEMENT_COMMANDS: readonly Command[] =
	[getVersion, getExtendedVersion, getRandom, getFreeMemory, getTimestamp, checkObjectExists, deleteObject];
