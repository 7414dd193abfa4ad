// SPDX-License-Identifier: MIT
import { StatusWordError, sw } from "../../card/status.js";
import { appletInstructions, appletTags, insFlag, parameter1, parameter2 } from "../codes.js";
import { objectRights } from "../policy.js";
import { type AppletCommand, noData, required, unsigned } from "./command.js";
import { store, writable } from "./creation.js";

/** Length of a UserID's value, in bytes, and what limits its attempts (NXP's `Se05x_API_WriteUserID`). */
const valueLength = { least: 4, most: 16 } as const;
const mostAttempts = 255;

/** A UserID is created once and never changed. Parts take it under secure messaging only: 6985 in the clear. */
const writeUserId: AppletCommand = {
	ins: appletInstructions.write,
	p1: parameter1.userId,
	p2: parameter2.default,
	flags: insFlag.authenticationObject,
	required: [appletTags.tag1, appletTags.tag2],
	optional: [appletTags.policy, appletTags.maximumAttempts],
	run(chip, request) {
		const { tlvs, flags, requester } = request;
		const target = writable(chip, request, objectRights.write);
		if (target.existing || !requester.secured || !(flags & insFlag.authenticationObject))
			throw new StatusWordError(sw.conditionsNotSatisfied);
		const value = required(tlvs, appletTags.tag2);
		const maximumAttempts = unsigned(tlvs, appletTags.maximumAttempts, 2) ?? 0;
		if (value.length < valueLength.least || value.length > valueLength.most || maximumAttempts > mostAttempts)
			throw new StatusWordError(sw.wrongData);
		store(chip, request, target, { type: "user-id", origin: "external", value, maximumAttempts, failedAttempts: 0 });
		return { data: noData, microseconds: chip.latency.write };
	},
};

export const writeUserIdCommands: readonly AppletCommand[] = [writeUserId];
