// SPDX-License-Identifier: MIT
import { equal, fromUnsigned, toUnsigned } from "../../lib/bytes.js";
import { StatusWordError, sw } from "../card/status.js";

/** What a session may do (NXP's `se05x_const.h`, `POLICY_SESSION_*`). */
export interface SessionPolicy {
	maximumCommands?: number;
	/** Seconds. */
	maximumTime?: number;
	refresh: boolean;
}

/** A session between its creation and its end. */
export interface UserSession {
	/** 8 bytes. */
	id: Uint8Array;
	/** Identifier of the object that authenticates it. */
	authenticationObject: number;
	/** Open: authenticated. Failed: a wrong value was shown, and it can only be closed. */
	state: "created" | "open" | "failed";
	policy: SessionPolicy;
	/** Microseconds since the chip was started, when it was created or refreshed. */
	since: number;
	/** Commands since then. */
	commands: number;
}

/** `SE050_MAX_NUMBER_OF_SESSIONS` */
const maximumSessions = 2;

export const sessionIdLength = 8;

const policyBit = { maximumCommands: 0x8000, maximumTime: 0x4000, refresh: 0x2000 } as const;

/** Length, header, two optional values of two bytes each (NXP's `sss_se05x_create_session_policy_buffer`). Throws 6985. */
export function parseSessionPolicy(policy: Uint8Array): SessionPolicy {
	const header = policy.length >= 3 ? toUnsigned(policy.subarray(1, 3)) : 0;
	const values: number[] = [policyBit.maximumCommands, policyBit.maximumTime].filter(bit => header & bit);
	if (policy.length !== 3 + 2 * values.length || policy[0] !== policy.length - 1 || header & 0x1fff)
		throw new StatusWordError(sw.conditionsNotSatisfied);
	const value = (bit: number): number => toUnsigned(policy.subarray(3 + 2 * values.indexOf(bit)).subarray(0, 2));
	return {
		...(header & policyBit.maximumCommands && { maximumCommands: value(policyBit.maximumCommands) }),
		...(header & policyBit.maximumTime && { maximumTime: value(policyBit.maximumTime) }),
		refresh: (header & policyBit.refresh) !== 0,
	};
}

/** The inverse of `parseSessionPolicy`. */
export function encodeSessionPolicy({ maximumCommands, maximumTime, refresh }: SessionPolicy): Uint8Array {
	const header =
		(maximumCommands === undefined ? 0 : policyBit.maximumCommands) |
		(maximumTime === undefined ? 0 : policyBit.maximumTime) |
		(refresh ? policyBit.refresh : 0);
	const values = [maximumCommands, maximumTime]
		.filter(value => value !== undefined)
		.flatMap(value => [...fromUnsigned(value, 2)]);
	return Uint8Array.of(2 + values.length, ...fromUnsigned(header, 2), ...values);
}

function isOver({ policy, since, commands }: UserSession, now: number): boolean {
	const { maximumCommands, maximumTime } = policy;
	return (
		(maximumCommands !== undefined && commands >= maximumCommands) ||
		(maximumTime !== undefined && now - since > maximumTime * 1e6)
	);
}

/** The sessions of a chip, none of which outlives the selection of the applet. */
export class UserSessions {
	#sessions: UserSession[];

	/** @param paused sessions from `pause()`, which go on `now` */
	constructor(paused: readonly UserSession[] = [], now = 0) {
		this.#sessions = paused.map(session => ({ ...session, since: now + session.since }));
	}

	/** The sessions with times relative to `now`, to be kept while the chip's time stands still. */
	pause(now: number): UserSession[] {
		return this.#sessions.map(session => ({ ...session, since: session.since - now }));
	}

	/** Throws 6985 where there are as many as there can be. */
	create(id: Uint8Array, authenticationObject: number, now: number): UserSession {
		this.#sessions = this.#sessions.filter(session => !isOver(session, now));
		if (this.#sessions.length >= maximumSessions) throw new StatusWordError(sw.conditionsNotSatisfied);
		const session: UserSession = {
			id,
			authenticationObject,
			state: "created",
			policy: { refresh: false },
			since: now,
			commands: 0,
		};
		this.#sessions.push(session);
		return session;
	}

	/** The session that a command is for. Throws 6985 where there is no such session, or its policy has ended it. */
	use(id: Uint8Array, now: number): UserSession {
		const session = this.#sessions.find(candidate => equal(candidate.id, id));
		if (session && isOver(session, now)) this.close(session);
		else if (session) {
			session.commands++;
			return session;
		}
		throw new StatusWordError(sw.conditionsNotSatisfied);
	}

	close(session: UserSession): void {
		this.#sessions = this.#sessions.filter(candidate => candidate !== session);
	}

	closeAll(): void {
		this.#sessions = [];
	}
}
