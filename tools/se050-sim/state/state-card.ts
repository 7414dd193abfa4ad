// SPDX-License-Identifier: MIT
import { toHex } from "../../lib/bytes.js";
import type { PlatformState } from "../applet/commands/command.js";
import { encodeSessionPolicy, parseSessionPolicy, sessionIdLength, type UserSession } from "../applet/sessions.js";
import type { CardState } from "../card/card.js";
import type { ChannelState } from "../card/scp03/secure-channel.js";
import { allParameters, curveByName } from "../crypto/curves.js";
import { asArray, asBoolean, asBytes, asNumber, asObject, type JsonObject } from "./json.js";

/** How the platform's settings and the card's session stand in a chip's file. Readers throw a TypeError that names the member. */

const keyLength = 16;

export const platformToJson = ({ keys, scp03Required, curves }: PlatformState): JsonObject => ({
	enc: toHex(keys.enc),
	mac: toHex(keys.mac),
	dek: toHex(keys.dek),
	scp03Required,
	curves: Object.fromEntries(curves),
});

/** A file without curves is of a time when there was only the factory's. */
const factoryCurves = { [curveByName["P-256"].id]: allParameters };

export function platformFromJson(value: unknown): PlatformState {
	const members = asObject(value, "platform");
	const key = (name: string): Uint8Array => asBytes(members[name], `platform.${name}`, keyLength);
	return {
		keys: { enc: key("enc"), mac: key("mac"), dek: key("dek") },
		scp03Required: asBoolean(members.scp03Required, "platform.scp03Required"),
		curves: new Map(
			Object.entries(asObject(members.curves ?? factoryCurves, "platform.curves")).map(([id, parameters]) => [
				Number(id),
				asNumber(parameters, "a curve of the platform"),
			]),
		),
	};
}

const channelToJson = ({ keys, chaining, counter }: ChannelState): JsonObject => ({
	enc: toHex(keys.enc),
	mac: toHex(keys.mac),
	rmac: toHex(keys.rmac),
	chaining: toHex(chaining),
	counter,
});

function channelFromJson(value: unknown): ChannelState {
	const members = asObject(value, "session.card.channel");
	const key = (name: string): Uint8Array => asBytes(members[name], `session.card.channel.${name}`, keyLength);
	return {
		keys: { enc: key("enc"), mac: key("mac"), rmac: key("rmac") },
		chaining: key("chaining"),
		counter: asNumber(members.counter, "session.card.channel.counter"),
	};
}

const sessionToJson = ({ id, authenticationObject, state, policy, since, commands }: UserSession): JsonObject => ({
	id: toHex(id),
	authenticationObject,
	state,
	policy: toHex(encodeSessionPolicy(policy)),
	age: Math.round(-since),
	commands,
});

function sessionFromJson(value: unknown): UserSession {
	const members = asObject(value, "a session of the card");
	const state = (["created", "open", "failed"] as const).find(candidate => candidate === members.state);
	if (!state) throw new TypeError("a session of the card has an unknown state");
	return {
		id: asBytes(members.id, "a session's id", sessionIdLength),
		authenticationObject: asNumber(members.authenticationObject, "a session's authenticationObject"),
		state,
		policy: parseSessionPolicy(asBytes(members.policy, "a session's policy")),
		since: -asNumber(members.age, "a session's age"),
		commands: asNumber(members.commands, "a session's commands"),
	};
}

export const cardToJson = ({ selected, channel, sessions = [] }: CardState): JsonObject => ({
	...(selected && { selected }),
	...(channel && { channel: channelToJson(channel) }),
	...(sessions.length > 0 && { sessions: sessions.map(sessionToJson) }),
});

export function cardFromJson(value: unknown): CardState {
	const { selected, channel, sessions = [] } = asObject(value, "session.card");
	if (selected !== undefined && selected !== "applet" && selected !== "security domain")
		throw new TypeError("session.card.selected is unknown");
	return {
		selected,
		channel: channel === undefined ? undefined : channelFromJson(channel),
		sessions: asArray(sessions, "session.card.sessions").map(sessionFromJson),
	};
}
