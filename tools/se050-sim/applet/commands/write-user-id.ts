import { INS, INS_FLAG, P1, P2, TAG } from "../codes.js";
import { RIGHT } from "../policy.js";
import { SW, StatusError } from "../../card/status.js";
import { type Command, NO_DATA, required, unsigned } from "./command.js";
import { store, writable } from "./creation.js";

/** Length of a UserID's value, in bytes, and what limits its attempts (NXP's `Se05x_API_WriteUserID`). */
const VALUE_LENGTH = { least: 4, most: 16 } as const;
const MOST_ATTEMPTS = 255;

/** A UserID is created once and never changed. Parts take it under secure messaging only: 6985 in the clear. */
const writeUserId: Command = {
	name: "WriteUserID",
	ins: INS.write,
	p1: P1.userId,
	p2: P2.default,
	flags: INS_FLAG.authenticationObject,
	required: [TAG.tag1, TAG.tag2],
	optional: [TAG.policy, TAG.maximumAttempts],
	run(chip, request) {
		const { tlvs, flags, requester } = request;
		const target = writable(chip, request, RIGHT.write);
		if (target.existing || !requester.secured || !(flags & INS_FLAG.authenticationObject))
			throw new StatusError(SW.conditionsNotSatisfied);
		const value = required(tlvs, TAG.tag2);
		const maximumAttempts = unsigned(tlvs, TAG.maximumAttempts, 2) ?? 0;
		if (value.length < VALUE_LENGTH.least || value.length > VALUE_LENGTH.most || maximumAttempts > MOST_ATTEMPTS)
			throw new StatusError(SW.wrongData);
		store(chip, request, target, { type: "user-id", origin: "external", value, maximumAttempts, failedAttempts: 0 });
		return { data: NO_DATA, microseconds: chip.latency.write };
	},
};

export const WRITE_USER_ID_COMMANDS: readonly Command[] = [writeUserId];
