// SPDX-License-Identifier: MIT
import { StatusWordError, sw } from "../../card/status.js";
import { appletTags, insFlag, isReservedId } from "../codes.js";
import { memoryUse, objectIdIn, type SecureObject } from "../objects.js";
import { checkRight, parsePolicy } from "../policy.js";
import { type AppletRequest, noData, required, type SimulatedChip, unsigned } from "./command.js";
import { freeMemory } from "./management.js";

/** Where a write goes: the identifier, and what is there. */
export interface WriteTarget {
	id: number;
	existing: SecureObject | undefined;
}

/**
 * A write's target, if the policy of what is there allows it; 6984 where it brings a malformed policy, 6985 where nobody
 * but the applet may write, 6986 for what the factory provisioned.
 */
export function writable(chip: SimulatedChip, { tlvs, requester }: AppletRequest, right: number): WriteTarget {
	const id = objectIdIn(required(tlvs, appletTags.tag1));
	parsePolicy(tlvs.get(appletTags.policy) ?? noData);
	if (tlvs.has(appletTags.version) && chip.variant.version[0]! < 7) throw new StatusWordError(sw.wrongData);
	const existing = chip.objects.find(id);
	if (existing?.origin === "provisioned") throw new StatusWordError(sw.commandNotAllowed);
	if (id === 0 || isReservedId(id)) throw new StatusWordError(sw.conditionsNotSatisfied);
	if (existing) checkRight(existing, right, requester);
	return { id, existing };
}

/** Properties that creation gives to an object. */
function creation({ flags, tlvs, requester }: AppletRequest): Pick<SecureObject, "transient" | "policy" | "owner"> {
	const policy = tlvs.get(appletTags.policy);
	return {
		transient: (flags & insFlag.transient) !== 0,
		...(policy && { policy }),
		...(requester.authenticatedBy !== 0 && { owner: requester.authenticatedBy }),
	};
}

/** What a write says of an object; the rest comes with its creation, and stays. */
type Content<T> = T extends SecureObject ? Omit<T, "id" | "transient" | "policy" | "owner" | "version"> : never;

/** Puts an object into the chip, in place of the one that is there. Throws 6A84 where a new one finds no room. */
export function store(
	chip: SimulatedChip,
	request: AppletRequest,
	{ id, existing }: WriteTarget,
	content: Content<SecureObject>,
): void {
	const version = unsigned(request.tlvs, appletTags.version, 4) ?? existing?.version;
	const versioned = version === undefined ? {} : { version };
	if (existing) {
		const { transient, policy, owner } = existing;
		chip.objects.put({
			id,
			transient,
			...(policy && { policy }),
			...(owner !== undefined && { owner }),
			...versioned,
			...content,
		});
		return;
	}
	const object: SecureObject = { id, ...creation(request), ...versioned, ...content };
	const free = object.transient ? chip.variant.memory.transientReset : freeMemory(chip);
	if (memoryUse(object) > free) throw new StatusWordError(sw.fileFull);
	chip.objects.put(object);
}
