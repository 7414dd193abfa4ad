import { type CommandApdu, parseCommand } from "./apdu.js";
import { executeAppletCommand } from "../applet/applet.js";
import { concat, fromUnsigned, toHex } from "../../lib/bytes.js";
import { CARD_MANAGER_INFORMATION, executeCardManagerCommand } from "./card-manager.js";
import { APPLET_AID, CARD_MANAGER_AID, CLA, ISO_INS, SECURITY_DOMAIN_AID } from "../applet/codes.js";
import { type Chip, NO_DATA, type Outcome } from "../applet/commands/command.js";
import { type ChannelState, SecureChannel } from "./scp03/secure-channel.js";
import { SecurityDomain } from "./scp03/security-domain.js";
import { type Session, Sessions } from "../applet/sessions.js";
import { SW, StatusError } from "./status.js";

/** What the data link carries commands to. */
export interface CommandProcessor {
	execute(apdu: Uint8Array): Execution;
	/** Ends the session: interface soft reset, end of APDU session. */
	deselect(): void;
	/** Starts anew: chip reset, power. */
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

/** By name; the card manager is what answers when nothing is selected. */
const SELECTIONS: ReadonlyMap<string, Selection | undefined> = new Map([
	[APPLET_AID, "applet"], [SECURITY_DOMAIN_AID, "security domain"], [CARD_MANAGER_AID, undefined], ["", undefined],
]);

/** What a card that stays powered remembers. */
export interface CardState {
	/** Undefined: nothing is selected, the card manager answers. */
	selected: Selection | undefined;
	/** The SCP03 channel that is open. */
	channel: ChannelState | undefined;
	/** Sessions of authenticated users, with times before now; absent: none. */
	sessions?: readonly Session[];
}

/** An answer without extended lengths holds no more (ISO/IEC 7816-3, 12.1). */
const LONGEST_SHORT_ANSWER = 256;

const SECURE_MESSAGING = 0x04;

/** The card behind the data link: SELECT, SCP03, the card manager, and the applet once it is selected. */
export class Card implements CommandProcessor {
	readonly #chip: Chip;
	readonly #domain: SecurityDomain;
	readonly #sessions: Sessions;
	readonly #onRestart: () => void;
	#selected: Selection | undefined;
	#channel: SecureChannel | undefined;

	constructor(chip: Chip, { selected, channel, sessions }: CardState, onRestart: () => void) {
		this.#chip = chip;
		this.#onRestart = onRestart;
		this.#selected = selected;
		this.#sessions = new Sessions(sessions, chip.uptime());
		this.#channel = channel && new SecureChannel(chip.variant.counterRule, channel);
		this.#domain = new SecurityDomain({
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
		return { selected: this.#selected, channel: this.#channel?.state, sessions: this.#sessions.pause(this.#chip.uptime()) };
	}

	execute(apdu: Uint8Array): Execution {
		try {
			const { data, microseconds } = this.#run(apdu);
			return { response: concat(data, fromUnsigned(SW.noError, 2)), microseconds };
		}
		catch (error) {
			if (!(error instanceof StatusError))
				throw error;
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

	#run(apdu: Uint8Array): Outcome {
		if (apdu.length > this.#chip.variant.commandBuffer)
			throw new StatusError(SW.wrongLength);
		const command = parseCommand(apdu);
		const outcome = this.#dispatch(command);
		if (!command.extended && outcome.data.length > LONGEST_SHORT_ANSWER)
			throw new StatusError(SW.conditionsNotSatisfied);
		return outcome;
	}

	#dispatch(command: CommandApdu): Outcome {
		const { cla, ins } = command;
		if (cla === CLA.iso && ins === ISO_INS.select)
			return this.#select(command);
		if (!this.#selected) {
			const data = executeCardManagerCommand(command, this.#chip.variant);
			return { data, microseconds: this.#chip.latency.command };
		}
		if (cla === CLA.plain && ins === ISO_INS.initializeUpdate)
			return this.#initializeUpdate(command);
		if (cla === CLA.secured && ins === ISO_INS.externalAuthenticate)
			return this.#externalAuthenticate(command);
		return cla & SECURE_MESSAGING ? this.#secured(command) : this.#inTheClear(command);
	}

	/** SELECT by name. An unknown name leaves the selection as it is; any ends a channel. */
	#select({ p1, p2, data }: CommandApdu): Outcome {
		this.#closeChannel();
		if (p1 !== 0x04 || p2 !== 0x00)
			throw new StatusError(SW.incorrectP1P2);
		const { variant, latency } = this.#chip;
		const name = toHex(data);
		if (!SELECTIONS.has(name))
			throw new StatusError(SW.fileNotFound);
		this.#selected = SELECTIONS.get(name);
		this.#sessions.closeAll();
		const information = { "applet": variant.version, "security domain": NO_DATA, "card manager": CARD_MANAGER_INFORMATION };
		return { data: information[this.#selected ?? "card manager"], microseconds: latency.select };
	}

	#initializeUpdate(command: CommandApdu): Outcome {
		this.#closeChannel();
		return { data: this.#domain.initializeUpdate(command), microseconds: this.#chip.latency.handshake };
	}

	#externalAuthenticate(command: CommandApdu): Outcome {
		const { variant, latency } = this.#chip;
		this.#channel = undefined;
		this.#channel = new SecureChannel(variant.counterRule, this.#domain.externalAuthenticate(command));
		return { data: NO_DATA, microseconds: latency.handshake };
	}

	/** What is wrong with the protection of a command ends the channel; what is wrong with the command does not. */
	#secured(command: CommandApdu): Outcome {
		const channel = this.#channel;
		if (!channel)
			throw new StatusError(SW.securityStatusNotSatisfied);
		const { data, microseconds } = this.#execute(this.#unwrap(channel, command));
		return { data: channel.wrap(data), microseconds: microseconds + this.#chip.latency.secureMessaging };
	}

	#unwrap(channel: SecureChannel, command: CommandApdu): CommandApdu {
		try {
			return channel.unwrap(command);
		}
		catch (error) {
			this.#closeChannel();
			throw error;
		}
	}

	/** While a channel is open, all goes through it: a command beside it ends it. */
	#inTheClear(command: CommandApdu): Outcome {
		const refused = this.#channel !== undefined || this.#chip.platform.scp03Required;
		this.#closeChannel();
		if (refused)
			throw new StatusError(SW.securityStatusNotSatisfied);
		return this.#execute(command);
	}

	#execute(command: CommandApdu): Outcome {
		if (this.#selected === "security domain")
			return this.#executeDomainCommand(command);
		return executeAppletCommand(command, this.#chip, { authenticatedBy: 0, secured: this.#channel !== undefined, sessions: this.#sessions });
	}

	#executeDomainCommand(command: CommandApdu): Outcome {
		if (command.cla !== CLA.plain)
			throw new StatusError(SW.classNotSupported);
		if (command.ins !== ISO_INS.putKey)
			throw new StatusError(SW.instructionNotSupported);
		if (!this.#channel)
			throw new StatusError(SW.securityStatusNotSatisfied);
		return { data: this.#domain.putKeys(command), microseconds: this.#chip.latency.write };
	}
}
