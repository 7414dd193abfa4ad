// SPDX-License-Identifier: MIT
import { StatusError, sw } from "../../card/status.js";
import { insFlag, instructions, parameter1, parameter2, tags } from "../codes.js";
import { objectRights } from "../policy.js";
import { type Command, noData, required, unsigned } from "./command.js";
import { store, writable } from "./creation.js";

/** Length of a UserID's value, in bytes, and what limits its attempts (NXP's `Se05x_API_WriteUserID`). */
const valueLength = { least: 4, most: 16 } as const;
const mostAttempts = 255;

/** A UserID is created once and never changed. Parts take it under secure messaging only: 6985 in the clear. */
const writeUserId: Command = {
	name: "WriteUserID",
	ins: instructions.write,
	p1: parameter1.userId,
	p2: parameter2.default,
	flags: insFlag.authenticationObject,
	required: [tags.tag1, tags.tag2],
	optional: [tags.policy, tags.maximumAttempts],
	run(chip, request) {
		const { tlvs, flags, requester } = request;
		const target = writable(chip, request, objectRights.write);
		if (target.existing || !requester.secured || !(flags & insFlag.authenticationObject))
			throw new StatusError(sw.conditionsNotSatisfied);
		const value = required(tlvs, tags.tag2);
		const maximumAttempts = unsigned(tlvs, tags.maximumAttempts, 2) ?? 0;
		if (value.length < valueLength.least || value.length > valueLength.most || maximumAttempts > mostAttempts)
			throw new StatusError(sw.wrongData);
		store(chip, request, target, { type: "user-id", origin: "external", value, maximumAttempts, failedAttempts: 0 });
		return { data: noData, microseconds: chip.latency.write };
	},
};

export const writeUserIdCommands: readonly Command[] = [writeUserId];
