// SPDX-License-Identifier: MIT
import { StatusWordError, sw } from "../../card/status.js";
import { appletInstructions, appletTags, insFlag, parameter1, parameter2 } from "../codes.js";
import type { SecureObject } from "../objects.js";
import { objectRights } from "../policy.js";
import { type AppletCommand, noData, unsigned } from "./command.js";
import { store, writable } from "./creation.js";

/** The content of a new file; 6985 without a size: then the file was meant to exist. */
function newContent(size: number | undefined): Uint8Array {
	if (size === undefined) throw new StatusWordError(sw.conditionsNotSatisfied);
	if (size === 0 || size > 0x7fff) throw new StatusWordError(sw.wrongData);
	return new Uint8Array(size);
}

/** A copy of the content of a file that is there; 6985 with a size, which is for creation only, and for another type. */
function existingContent(object: SecureObject, size: number | undefined): Uint8Array {
	if (object.type !== "binary" || size !== undefined) throw new StatusWordError(sw.conditionsNotSatisfied);
	return object.data.slice();
}

const writeBinary: AppletCommand = {
	ins: appletInstructions.write,
	p1: parameter1.binary,
	p2: parameter2.default,
	flags: insFlag.transient,
	required: [appletTags.tag1],
	optional: [appletTags.policy, appletTags.tag2, appletTags.tag3, appletTags.tag4, appletTags.version],
	run(chip, request) {
		const { tlvs } = request;
		const target = writable(chip, request, objectRights.write);
		const size = unsigned(tlvs, appletTags.tag3, 2);
		const data = target.existing ? existingContent(target.existing, size) : newContent(size);
		const offset = unsigned(tlvs, appletTags.tag2, 2) ?? 0;
		const written = tlvs.get(appletTags.tag4) ?? noData;
		if (offset + written.length > data.length) throw new StatusWordError(sw.wrongData);
		data.set(written, offset);
		store(chip, request, target, { type: "binary", origin: "external", data });
		return { data: noData, microseconds: chip.latency.write + written.length * chip.latency.writeByte };
	},
};

export const writeCommands: readonly AppletCommand[] = [writeBinary];
