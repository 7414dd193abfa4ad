// SPDX-License-Identifier: MIT
import { frozen } from "./frozen.js";

/**
 * What can go wrong on the way to the chip, in the order of t1_result (native/t1.h) and of what native/scp03.h adds, whose
 * numbers index it: code, cause and what to do.
 */
const results = frozen([
	["OK", "nothing failed", "report this as a fault of the program"],
	[
		"NO_CHIP",
		"nothing acknowledges the chip's address",
		"check the address (0x48), power, that ENA is high, SDA and SCL with their pull-ups; a chip that still computes for an earlier host needs a while, or its power switched off and on",
	],
	[
		"NO_ANSWER",
		"the chip stopped answering",
		"reset the link; if that fails too, switch the chip's power off and on and check its supply",
	],
	[
		"BAD_PROTOCOL",
		"what the chip sends is not T=1, even after repetitions",
		"check the signals (pull-ups, cable length, clock) and that no other device has this address; reset the link",
	],
	["BAD_ATR", "what answers is not an NXP secure element", "check the address and what is wired there"],
	["ABORTED", "the chip aborted the exchange (S(ABORT))", "reset the link and repeat the command"],
	[
		"TOO_SLOW",
		"the chip asked for more time again and again (S(WTX)), longer than any command needs",
		"reset the link; if it happens again, switch the chip's power off and on",
	],
	[
		"RESPONSE_TOO_LONG",
		"the response is longer than an SE050's responses are",
		"reset the link and read in smaller parts",
	],
	["BUS_ERROR", "the bus failed", "reset the link"],
	["RESET_NEEDED", "the link was not reset yet, or failed before", "reset the link"],
	["BAD_COMMAND", "the command is empty", "send at least CLA, INS, P1 and P2"],
	[
		"SCP03_REFUSED",
		"the chip refused the secure channel (SCP03)",
		"check the keys and their version, and that the applet is selected",
	],
	[
		"SCP03_WRONG_KEYS",
		"the chip does not have these Platform SCP03 keys: its cryptogram is another",
		"name the chip's own variant or give its keys, as 32 hexadecimal digits each; older parts may have been ordered with keys of their own",
	],
	[
		"SCP03_BAD_RESPONSE",
		"a response of the secure channel (SCP03) has no MAC, a wrong one or nonsense in it: it was disturbed or forged on the bus, or the commands are counted in another way than the chip does",
		"reset the link and open the channel again; check who is on the bus",
	],
	[
		"SCP03_BAD_COMMAND",
		"the command is no APDU, or too long for the secure channel (SCP03)",
		"send at most 990 bytes of data in one command",
	],
	[
		"SCP03_NO_CRYPTO",
		"Mbed TLS could not do what SCP03 needs",
		"build it with AES, CBC and CMAC, and with an entropy source; check the free memory",
	],
	[
		"SCP03_NOT_OPEN",
		"this link had a secure channel (SCP03), and since the reset it has none",
		"open the channel again, or make a new link to talk to the chip without one",
	],
]);

/** What fails outside of the data link. */
const others = frozen({
	BUS_NOT_OPENED: ["the bus could not be opened", "check the bus' name"],
	CLOSED: ["the link is closed", "make a new one"],
	NO_STATUS_WORD: [
		"the chip's response is too short to have a status word",
		"reset the link and repeat the command; if it happens again, check what is wired at the chip's address",
	],
	CLOCK_TOO_FAST: ["the clock of the bus is faster than the chip allows", "choose a slower one"],
});

export type LinkErrorCode = (typeof results)[number][0] | keyof typeof others;

export type LinkStep =
	| "opening the SE050's bus"
	| "resetting the SE050"
	| "sending a command to the SE050"
	| "counting what crossed the SE050's bus"
	| "opening the SE050's secure channel";

/**
 * Whether the chip has executed the command that failed. "no": it cannot have all of it. "unknown": its last block was
 * delivered, and what became of it is not known.
 */
export type Executed = "no" | "unknown";

/** After these the link works again once it was reset, as far as the chip and its wires do. */
const recoverable: readonly LinkErrorCode[] = frozen([
	"NO_ANSWER",
	"BAD_PROTOCOL",
	"ABORTED",
	"TOO_SLOW",
	"RESPONSE_TOO_LONG",
	"BUS_ERROR",
	"RESET_NEEDED",
	"SCP03_BAD_RESPONSE",
	"SCP03_NOT_OPEN",
	"NO_STATUS_WORD",
]);

function sentences(code: LinkErrorCode): readonly [cause: string, remedy: string] {
	for (const [name, cause, remedy] of results) if (name === code) return [cause, remedy];
	return others[code as keyof typeof others];
}

/** The code of a t1_result or scp03_result. */
export function resultCode(result: number): LinkErrorCode {
	return results[result]?.[0] ?? "BAD_PROTOCOL";
}

/** A failure below the APDUs: names step, cause and remedy. */
export class LinkError extends Error {
	override readonly name = "LinkError";
	readonly code: LinkErrorCode;
	readonly step: LinkStep;
	/** What the bus says: cause and remedy, in place of the code's own. */
	readonly detail: string | undefined;
	/** Of the command that was being sent; the other steps execute none. */
	readonly executed: Executed;

	constructor(
		step: LinkStep,
		code: LinkErrorCode,
		detail?: string,
		executed: Executed = step === "sending a command to the SE050" ? "unknown" : "no",
	) {
		const [cause, remedy] = sentences(code);
		super(`${step}: ${detail ? `${cause}: ${detail}` : `${cause}; ${remedy}`} [${code}]`);
		this.step = step;
		this.code = code;
		this.detail = detail;
		this.executed = executed;
	}

	/** Whether a reset of the link is worth trying now. */
	get recoverable(): boolean {
		return recoverable.includes(this.code);
	}

	/**
	 * Whether the same may work later although no setting was changed: a chip that is busy, or whose power or wires come
	 * back. Close the link, wait, and make a new one: where an enable pin is wired, that switches the chip off and on.
	 */
	get retryable(): boolean {
		return this.recoverable || this.code === "NO_CHIP" || this.code === "BAD_ATR";
	}
}
