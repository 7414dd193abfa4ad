import { type CommandApdu, parseCommand } from "./apdu.js";
import { executeAppletCommand } from "./applet.js";
import { concat, fromUnsigned, toHex } from "./bytes.js";
import { executeCardManagerCommand } from "./card-manager.js";
import { APPLET_AID, ISO_INS } from "./codes.js";
import type { Chip, Outcome } from "./commands/command.js";
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

/** An answer without extended lengths holds no more (ISO/IEC 7816-3, 12.1). */
const LONGEST_SHORT_ANSWER = 256;

/** The card behind the data link: SELECT, the card manager, and the applet once it is selected. */
export class Card implements CommandProcessor {
	readonly #chip: Chip;
	readonly #onRestart: () => void;
	/** Whether the applet is selected. */
	selected: boolean;

	constructor(chip: Chip, selected: boolean, onRestart: () => void) {
		this.#chip = chip;
		this.selected = selected;
		this.#onRestart = onRestart;
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
		this.selected = false;
	}

	restart(): void {
		this.selected = false;
		this.#chip.objects.clearTransient();
		this.#chip.boots++;
		this.#onRestart();
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
		if (command.cla === 0x00 && command.ins === ISO_INS.select)
			return this.#select(command);
		if (this.selected)
			return executeAppletCommand(command, this.#chip);
		const data = executeCardManagerCommand(command, this.#chip.variant);
		return { data, microseconds: this.#chip.latency.command };
	}

	/** SELECT by name. An unknown name leaves the selection as it is. */
	#select({ p1, p2, data }: CommandApdu): Outcome {
		if (p1 !== 0x04 || p2 !== 0x00)
			throw new StatusError(SW.incorrectP1P2);
		if (toHex(data) !== APPLET_AID)
			throw new StatusError(SW.fileNotFound);
		this.selected = true;
		return { data: this.#chip.variant.version, microseconds: this.#chip.latency.select };
	}
}
