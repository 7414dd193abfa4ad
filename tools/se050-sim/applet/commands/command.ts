// SPDX-License-Identifier: MIT
import { concat, fromUnsigned, toUnsigned } from "../../../lib/bytes.js";
import type { Latency } from "../../bus/latency.js";
import type { CommandApdu } from "../../card/apdu.js";
import type { StaticKeys } from "../../card/scp03/derivation.js";
import { StatusWordError, sw } from "../../card/status.js";
import { byteStringTlv, type TlvLength, type Tlvs, tlv } from "../../card/tlv.js";
import type { RandomSource } from "../../crypto/random.js";
import type { ChipVariant } from "../../factory/variants.js";
import { appletInstructions, appletTags, insFlag, parameter1 } from "../codes.js";
import type { ObjectStore } from "../objects.js";
import type { Holder } from "../policy.js";
import type { UserSession, UserSessions } from "../sessions.js";

/** What of the platform survives a loss of power, besides the objects. */
export interface PlatformState {
	/** Keys of platform SCP03, version 0B. */
	keys: StaticKeys;
	/** Whether commands in the clear are refused. */
	scp03Required: boolean;
	/** Curves that were made, by `SE05x_ECCurve_t`, and the parameters that are set, a bit each. */
	curves: Map<number, number>;
}

/** What a command works on. */
export interface SimulatedChip {
	variant: ChipVariant;
	latency: Latency;
	objects: ObjectStore;
	platform: PlatformState;
	/** Writes what outlives a loss of power, after a change of `platform`. */
	keep(): void;
	random: RandomSource;
	tlvLength: TlvLength;
	/** How often the chip was started. */
	boots: number;
	/** Microseconds since the chip was started. */
	uptime(): number;
}

/** Who asks. */
export interface Requester extends Holder {
	sessions: UserSessions;
	/** The session that the command is in. */
	session?: UserSession;
}

export interface AppletRequest {
	/** The command in the clear. */
	apdu: CommandApdu;
	tlvs: Tlvs;
	/** The flags in the upper bits of INS. */
	flags: number;
	requester: Requester;
}

/** What a command answers: its data, and how long the chip computed for it in microseconds. */
export interface Computed {
	data: Uint8Array;
	microseconds: number;
}

/** One command of the applet. */
export interface AppletCommand {
	/** INS without its flags. */
	ins: number;
	p1: number;
	p2: number;
	/** Flags of INS that the command takes. */
	flags?: number;
	/** Whether the command exists in sessions only; `always` in those too that are not open. */
	inSession?: "open" | "always";
	/** Tags that must be there and tags that may; any other is refused with 6A80. */
	required?: readonly number[];
	optional?: readonly number[];
	/** Tags that must be there when INS has the flag for attestation, and must not otherwise. */
	attested?: readonly number[];
	/** Throws StatusError. */
	run(chip: SimulatedChip, request: AppletRequest): Computed;
}

/** A command of management: instruction and P1 are the same for all of them. */
export const managementCommand = (command: Omit<AppletCommand, "ins" | "p1">): AppletCommand => ({
	ins: appletInstructions.management,
	p1: parameter1.default,
	...command,
});

/** The value of a tag that the command's table requires. */
export function required(tlvs: Tlvs, tag: number): Uint8Array {
	const value = tlvs.get(tag);
	if (!value) throw new StatusWordError(sw.wrongData);
	return value;
}

/** An unsigned value of exactly `length` bytes; undefined where the tag is absent; throws 6A80 for another length. */
export function unsigned(tlvs: Tlvs, tag: number, length: number): number | undefined {
	const value = tlvs.get(tag);
	if (!value) return undefined;
	if (value.length !== length) throw new StatusWordError(sw.wrongData);
	return toUnsigned(value);
}

export const isAttested = ({ flags }: AppletRequest): boolean => (flags & insFlag.attest) !== 0;

/** A count of starts (4 bytes) and the milliseconds since the last one (8 bytes); the real part's units are not published. */
export function timestamp(chip: SimulatedChip): Uint8Array {
	const milliseconds = Math.floor(chip.uptime() / 1000);
	return concat(fromUnsigned(chip.boots, 4), fromUnsigned(0, 2), fromUnsigned(milliseconds, 6));
}

export const byteString = (chip: SimulatedChip, tag: number, value: Uint8Array): Uint8Array =>
	byteStringTlv(tag, value, chip.tlvLength);
export const uint8 = (value: number): Uint8Array => tlv(appletTags.tag1, Uint8Array.of(value));
export const uint16 = (value: number): Uint8Array => tlv(appletTags.tag1, fromUnsigned(value, 2));
export const noData = new Uint8Array(0);
