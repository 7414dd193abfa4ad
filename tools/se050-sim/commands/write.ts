import { CURVE, INS, INS_FLAG, P1, P2, TAG, isReservedId } from "../codes.js";
import { generateKeyPair } from "../ecdsa.js";
import { type BinaryFile, type SecureObject, memoryUse, objectId } from "../objects.js";
import { RIGHT, checkRight, parsePolicy } from "../policy.js";
import { SW, StatusError } from "../status.js";
import { type Chip, type Command, NO_DATA, type Request, required, unsigned } from "./command.js";
import { freeMemory } from "./management.js";

interface Target { id: number; existing: SecureObject | undefined }

/** Where a write goes, if the policy of what is there allows it; 6985 where nobody but the applet may write, 6986 for what the factory provisioned. */
function writable(chip: Chip, { tlvs, requester }: Request, right: number): Target {
	const id = objectId(required(tlvs, TAG.tag1));
	const existing = chip.objects.find(id);
	if (existing?.origin === "provisioned")
		throw new StatusError(SW.commandNotAllowed);
	if (id === 0 || isReservedId(id))
		throw new StatusError(SW.conditionsNotSatisfied);
	if (existing)
		checkRight(existing, right, requester);
	return { id, existing };
}

/** Properties that creation gives to an object. Throws 6984 for a malformed policy. */
function creation({ flags, tlvs }: Request): { transient: boolean; policy?: Uint8Array } {
	const policy = tlvs.get(TAG.policy);
	if (policy)
		parsePolicy(policy);
	return { transient: (flags & INS_FLAG.transient) !== 0, ...policy && { policy } };
}

function create(chip: Chip, object: SecureObject): void {
	const free = object.transient ? chip.variant.memory.transientReset : freeMemory(chip);
	if (memoryUse(object) > free)
		throw new StatusError(SW.fileFull);
	chip.objects.put(object);
}

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

/** A key that is there may be generated anew; 6985 for another type. The curve must be named for a new one. */
const generateEcKey: Command = {
	name: "WriteECKey",
	ins: INS.write,
	p1: P1.ec | P1.keyPair,
	p2: P2.default,
	flags: INS_FLAG.transient,
	required: [TAG.tag1],
	optional: [TAG.policy, TAG.tag2],
	run(chip, request) {
		const { id, existing } = writable(chip, request, RIGHT.generate);
		const curve = unsigned(request.tlvs, TAG.tag2, 1) ?? (existing && CURVE.p256);
		if (curve !== CURVE.p256 || (existing && existing.type !== "ec-key-pair"))
			throw new StatusError(SW.conditionsNotSatisfied);
		if (!chip.variant.features.ec)
			throw new StatusError(SW.conditionsNotSatisfied);
		const pair = generateKeyPair(chip.random.bytes);
		if (existing)
			chip.objects.put({ ...existing, ...pair });
		else
			create(chip, { type: "ec-key-pair", id, origin: "internal", ...creation(request), ...pair });
		return { data: NO_DATA, microseconds: chip.latency.generateKey };
	},
};

export const WRITE_COMMANDS: readonly Command[] = [writeBinary, generateEcKey];
