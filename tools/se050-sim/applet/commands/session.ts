// SPDX-License-Identifier: MIT
import { equal } from "../../../lib/bytes.js";
import { StatusWordError, sw } from "../../card/status.js";
import { appletTags, parameter2 } from "../codes.js";
import { objectIdIn, type UserId } from "../objects.js";
import { parseSessionPolicy, sessionIdLength, type UserSession } from "../sessions.js";
import {
	type AppletCommand,
	type AppletRequest,
	byteString,
	managementCommand,
	noData,
	required,
	type SimulatedChip,
} from "./command.js";

const isLocked = ({ maximumAttempts, failedAttempts }: UserId): boolean =>
	maximumAttempts > 0 && failedAttempts >= maximumAttempts;

/** The object that authenticates a session; undefined where it is of another type, or was deleted since. */
function userId(chip: SimulatedChip, id: number): UserId | undefined {
	const object = chip.objects.find(id);
	return object?.type === "user-id" ? object : undefined;
}

/** 6985 for what cannot authenticate, 6986 for what is locked. */
const createSession = managementCommand({
	p2: parameter2.sessionCreate,
	required: [appletTags.tag1],
	run(chip, { tlvs, requester }) {
		const object = userId(chip, objectIdIn(required(tlvs, appletTags.tag1)));
		if (!object || requester.session) throw new StatusWordError(sw.conditionsNotSatisfied);
		if (isLocked(object)) throw new StatusWordError(sw.commandNotAllowed);
		const { id } = requester.sessions.create(chip.random.bytes(sessionIdLength), object.id, chip.uptime());
		return { data: byteString(chip, appletTags.tag1, id), microseconds: chip.latency.command };
	},
});

/** The session that a command is in, which the command's table demands. */
function sessionOf({ requester }: AppletRequest): UserSession {
	if (!requester.session) throw new StatusWordError(sw.wrongParameters);
	return requester.session;
}

/** Keeps count of failed attempts where the object limits them; a correct value resets it. */
function countAttempt(chip: SimulatedChip, object: UserId, matches: boolean): void {
	const failedAttempts = matches ? 0 : object.failedAttempts + 1;
	if (object.maximumAttempts > 0 && failedAttempts !== object.failedAttempts)
		chip.objects.put({ ...object, failedAttempts });
}

const verifySessionUserId = managementCommand({
	p2: parameter2.sessionUserId,
	inSession: "always",
	required: [appletTags.tag1],
	run(chip, request) {
		const session = sessionOf(request);
		const object = userId(chip, session.authenticationObject);
		if (!object || session.state !== "created") throw new StatusWordError(sw.securityStatusNotSatisfied);
		const matches = !isLocked(object) && equal(object.value, required(request.tlvs, appletTags.tag1));
		countAttempt(chip, object, matches);
		session.state = matches ? "open" : "failed";
		if (!matches) throw new StatusWordError(sw.conditionsNotSatisfied);
		return { data: noData, microseconds: chip.latency.verifyUserId };
	},
});

function restart(session: UserSession, chip: SimulatedChip): void {
	session.since = chip.uptime();
	session.commands = 0;
}

/** Sets the policy of a session. */
const exchangeSessionData = managementCommand({
	p2: parameter2.sessionPolicy,
	inSession: "open",
	required: [appletTags.tag1],
	run(chip, request) {
		const session = sessionOf(request);
		session.policy = parseSessionPolicy(required(request.tlvs, appletTags.tag1));
		restart(session, chip);
		return { data: noData, microseconds: chip.latency.command };
	},
});

/** Restarts a session's limits, with another policy if one is given; 6985 where its policy does not allow it. */
const refreshSession = managementCommand({
	p2: parameter2.sessionRefresh,
	inSession: "open",
	optional: [appletTags.policy],
	run(chip, request) {
		const session = sessionOf(request);
		if (!session.policy.refresh) throw new StatusWordError(sw.conditionsNotSatisfied);
		const policy = request.tlvs.get(appletTags.policy);
		if (policy) session.policy = parseSessionPolicy(policy);
		restart(session, chip);
		return { data: noData, microseconds: chip.latency.command };
	},
});

const closeSession = managementCommand({
	p2: parameter2.sessionClose,
	inSession: "always",
	run(chip, request) {
		request.requester.sessions.close(sessionOf(request));
		return { data: noData, microseconds: chip.latency.command };
	},
});

export const sessionCommands: readonly AppletCommand[] = [
	createSession,
	verifySessionUserId,
	exchangeSessionData,
	refreshSession,
	closeSession,
];
