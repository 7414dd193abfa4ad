import { INS_FLAG, TAG, isReservedId } from "../codes.js";
import { type SecureObject, memoryUse, objectId } from "../objects.js";
import { checkRight, parsePolicy } from "../policy.js";
import { SW, StatusError } from "../status.js";
import { type Chip, type Request, required } from "./command.js";
import { freeMemory } from "./management.js";

/** Where a write goes: the identifier, and what is there. */
export interface Target { id: number; existing: SecureObject | undefined }

/** A write's target, if the policy of what is there allows it; 6985 where nobody but the applet may write, 6986 for what the factory provisioned. */
export function writable(chip: Chip, { tlvs, requester }: Request, right: number): Target {
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
export function creation({ flags, tlvs, requester }: Request): Pick<SecureObject, "transient" | "policy" | "owner"> {
	const policy = tlvs.get(TAG.policy);
	if (policy)
		parsePolicy(policy);
	return {
		transient: (flags & INS_FLAG.transient) !== 0,
		...policy && { policy },
		...requester.authenticatedBy !== 0 && { owner: requester.authenticatedBy },
	};
}

/** Puts a new object into the chip. Throws 6A84 where it finds no room. */
export function create(chip: Chip, object: SecureObject): void {
	const free = object.transient ? chip.variant.memory.transientReset : freeMemory(chip);
	if (memoryUse(object) > free)
		throw new StatusError(SW.fileFull);
	chip.objects.put(object);
}
