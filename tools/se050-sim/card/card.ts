// SPDX-License-Identifier: MIT
import { concat, fromUnsigned, toHex } from "../../lib/bytes.js";
import { executeAppletCommand } from "../applet/applet.js";
import { appletName, cardManagerName, classBytes, isoIns, securityDomainName } from "../applet/codes.js";
import { type Computed, noData, type SimulatedChip } from "../applet/commands/command.js";
import { type UserSession, UserSessions } from "../applet/sessions.js";
import { type CommandApdu, parseCommand } from "./apdu.js";
import { cardManagerInformation, executeCardManagerCommand } from "./card-manager.js";
import { type ChannelState, SecureChannel } from "./scp03/secure-channel.js";
import { CardSecurityDomain } from "./scp03/security-domain.js";
import { StatusWordError, sw } from "./status.js";

/** What the data link carries commands to. */
export interface CommandProcessor {
	execute(apdu: Uint8Array): Execution;
	/** Ends the session: interface soft reset, end of APDU session. */
	deselect(): void;
	/** Restarts: chip reset, power. */
	restart(): void;
}

export interface Execution {
	/** Data and status word. */
	response: Uint8Array;
	/** How long the chip computed. */
	microseconds: number;
}

/** What SELECT chose. */
export type Selection = "applet" | "security domain";

/** By name, in the order in which a part of a name finds them; the card manager is what answers when nothing is selected. */
const selections: ReadonlyMap<string, Selection | undefined> = new Map([
	["", undefined],
	[appletName, "applet"],
	[securityDomainName, "security domain"],
	[cardManagerName, undefined],
]);

/** The shortest part of a name: a registered provider's identifier, in hexadecimal digits (ISO/IEC 7816-4, 8.2.1.2). */
const shortestPart = 10;

/** The full name that a name, or the beginning of one, means. */
function nameFor(part: string): string | undefined {
	if (selections.has(part)) return part;
	return part.length < shortestPart ? undefined : [...selections.keys()].find(name => name.startsWith(part));
}

/** What a card that stays powered remembers. */
export interface CardState {
	/** Undefined: nothing is selected, the card manager answers. */
	selected: Selection | undefined;
	/** The SCP03 channel that is open. */
	channel: ChannelState | undefined;
	/** Sessions of authenticated users, with times before now; absent: none. */
	sessions?: readonly UserSession[];
}

/** An answer without extended lengths holds no more (ISO/IEC 7816-3, 12.1). */
const longestShortAnswer = 256;

const secureMessagingBit = 0x04;

/** The card above the data link: SELECT, SCP03, the card manager, and the applet once it is selected. */
export class Card implements CommandProcessor {
	readonly #chip: SimulatedChip;
	readonly #domain: CardSecurityDomain;
	readonly #sessions: UserSessions;
	readonly #onRestart: () => void;
	#selected: Selection | undefined;
	#channel: SecureChannel | undefined;

	constructor(chip: SimulatedChip, { selected, channel, sessions }: CardState, onRestart: () => void) {
		this.#chip = chip;
		this.#onRestart = onRestart;
		this.#selected = selected;
		this.#sessions = new UserSessions(sessions, chip.uptime());
		this.#channel = channel && new SecureChannel(chip.variant.counterRule, channel);
		this.#domain = new CardSecurityDomain({
			keys: chip.platform.keys,
			refusesUnknownVersion: chip.variant.version[0]! < 7,
			random: length => chip.random.bytes(length),
			onKeys: keys => {
				chip.platform.keys = keys;
				chip.keep();
			},
		});
	}

	get state(): CardState {
		return {
			selected: this.#selected,
			channel: this.#channel?.state,
			sessions: this.#sessions.pause(this.#chip.uptime()),
		};
	}

	execute(apdu: Uint8Array): Execution {
		try {
			const { data, microseconds } = this.#run(apdu);
			return { response: concat(data, fromUnsigned(sw.noError, 2)), microseconds };
		} catch (error) {
			if (!(error instanceof StatusWordError)) throw error;
			return { response: fromUnsigned(error.status, 2), microseconds: this.#chip.latency.command };
		}
	}

	deselect(): void {
		this.#selected = undefined;
		this.#sessions.closeAll();
		this.#closeChannel();
	}

	restart(): void {
		this.deselect();
		this.#chip.objects.clearTransient();
		this.#chip.boots++;
		this.#onRestart();
	}

	#closeChannel(): void {
		this.#channel = undefined;
		this.#domain.reset();
	}

	#run(apdu: Uint8Array): Computed {
		if (apdu.length > this.#chip.variant.commandBuffer) throw new StatusWordError(sw.wrongLength);
		const command = parseCommand(apdu);
		const outcome = this.#dispatch(command);
		if (!command.extended && outcome.data.length > longestShortAnswer)
			throw new StatusWordError(sw.conditionsNotSatisfied);
		return outcome;
	}

	#dispatch(command: CommandApdu): Computed {
		const { cla, ins } = command;
		if (cla === classBytes.iso && ins === isoIns.select) return this.#select(command);
		if (!this.#selected) {
			const data = executeCardManagerCommand(command, this.#chip.variant);
			return { data, microseconds: this.#chip.latency.command };
		}
		if (cla === classBytes.plain && ins === isoIns.initializeUpdate) return this.#initializeUpdate(command);
		if (cla === classBytes.secured && ins === isoIns.externalAuthenticate) return this.#externalAuthenticate(command);
		return cla & secureMessagingBit ? this.#secured(command) : this.#inTheClear(command);
	}

	/** SELECT by name. An unknown name leaves the selection as it is; any ends a channel. */
	#select({ p1, p2, data }: CommandApdu): Computed {
		this.#closeChannel();
		if (p1 !== 0x04 || p2 !== 0x00) throw new StatusWordError(sw.incorrectP1P2);
		const { variant, latency } = this.#chip;
		const name = nameFor(toHex(data));
		if (name === undefined) throw new StatusWordError(sw.fileNotFound);
		this.#selected = selections.get(name);
		this.#sessions.closeAll();
		const information = { applet: variant.version, "security domain": noData, "card manager": cardManagerInformation };
		return { data: information[this.#selected ?? "card manager"], microseconds: latency.select };
	}

	#initializeUpdate(command: CommandApdu): Computed {
		this.#closeChannel();
		return { data: this.#domain.initializeUpdate(command), microseconds: this.#chip.latency.handshake };
	}

	#externalAuthenticate(command: CommandApdu): Computed {
		const { variant, latency } = this.#chip;
		this.#channel = undefined;
		this.#channel = new SecureChannel(variant.counterRule, this.#domain.externalAuthenticate(command));
		return { data: noData, microseconds: latency.handshake };
	}

	/** What is wrong with the protection of a command ends the channel; what is wrong with the command does not. */
	#secured(command: CommandApdu): Computed {
		const channel = this.#channel;
		if (!channel) throw new StatusWordError(sw.securityStatusNotSatisfied);
		const { data, microseconds } = this.#execute(this.#unwrap(channel, command));
		return { data: channel.wrap(data), microseconds: microseconds + this.#chip.latency.secureMessaging };
	}

	#unwrap(channel: SecureChannel, command: CommandApdu): CommandApdu {
		try {
			return channel.unwrap(command);
		} catch (error) {
			this.#closeChannel();
			throw error;
		}
	}

	/** While a channel is open, everything goes through it: a command outside of it ends it. */
	#inTheClear(command: CommandApdu): Computed {
		const refused = this.#channel !== undefined || this.#chip.platform.scp03Required;
		this.#closeChannel();
		if (refused) throw new StatusWordError(sw.securityStatusNotSatisfied);
		return this.#execute(command);
	}

	#execute(command: CommandApdu): Computed {
		if (this.#selected === "security domain") return this.#executeDomainCommand(command);
		return executeAppletCommand(command, this.#chip, {
			authenticatedBy: 0,
			secured: this.#channel !== undefined,
			sessions: this.#sessions,
		});
	}

	#executeDomainCommand(command: CommandApdu): Computed {
		if (command.cla !== classBytes.plain) throw new StatusWordError(sw.classNotSupported);
		if (command.ins !== isoIns.putKey) throw new StatusWordError(sw.instructionNotSupported);
		if (!this.#channel) throw new StatusWordError(sw.securityStatusNotSatisfied);
		return { data: this.#domain.putKeys(command), microseconds: this.#chip.latency.write };
	}
}
