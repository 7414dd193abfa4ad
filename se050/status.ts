// SPDX-License-Identifier: MIT
import { hex } from "./bytes.js";
import { frozen } from "./frozen.js";
import { typeName } from "./objects.js";

export const success = 0x9000;

/** Status words by number: NXP's name (AN12413, section 4.2.1; ISO 7816-4 where NXP has none) and the likely cause. */
const words: Readonly<Record<number, readonly [meaning: string, cause: string]>> = frozen({
	0x66a6: ["SW_APDU_THROUGHPUT_ERROR", "the chip limits how many commands it takes in a time: wait and try again"],
	0x6700: ["SW_WRONG_LENGTH", "the command is longer than the chip's buffer, or asks for a response of a wrong length"],
	0x6982: [
		"SW_SECURITY_STATUS_NOT_SATISFIED",
		"the chip wants an authenticated session or Platform SCP03 (SE050F), or the channel was lost",
	],
	0x6984: ["SW_DATA_INVALID", "a policy that does not go with the object"],
	0x6985: [
		"SW_CONDITIONS_NOT_SATISFIED",
		"the object does not exist, is of another type, is shorter than what was asked for, or its policy forbids this",
	],
	0x6986: ["SW_COMMAND_NOT_ALLOWED", "the object's policy forbids this"],
	0x6987: ["SW_SM_DATA_MISSING", "the secure channel was lost"],
	0x6988: ["SW_SM_DATA_INCORRECT", "the secure channel was lost"],
	0x6a80: ["SW_WRONG_DATA", "a parameter is malformed, or the digest's length does not go with the algorithm"],
	0x6a82: ["SW_FILE_NOT_FOUND", "the chip has no IoT applet: it is no SE050, or it is locked"],
	0x6a84: ["SW_FILE_FULL", "the chip's memory is full"],
	0x6a86: ["SW_INCORRECT_P1P2", "this applet version does not know the command's parameters"],
	0x6a88: ["SW_REFERENCED_DATA_NOT_FOUND", "the key version does not exist"],
	0x6d00: [
		"SW_INS_NOT_SUPPORTED",
		"the applet is not selected (was the chip reset?), or its version does not know the command",
	],
	0x6e00: ["SW_CLA_NOT_SUPPORTED", "the applet is not selected (was the chip reset?)"],
});

/** A command that the chip answered with another status word than 9000. */
export class StatusError extends Error {
	override readonly name: string = "StatusError";
	/** Status word, SW1 in the high byte. */
	readonly sw: number;
	/** The command's name in NXP's specification. */
	readonly command: string;
	/** NXP's name of the status word. */
	readonly meaning: string;

	/** @param cause what is known better than by the status word alone */
	constructor(command: string, sw: number, cause?: string) {
		const [meaning, likelyCause] = words[sw] ?? ["unknown status word", "look it up in NXP's AN12413"];
		super(`SE050 ${command}: ${hex(sw, 4)} ${meaning}: ${cause ?? likelyCause}`);
		this.command = command;
		this.sw = sw;
		this.meaning = meaning;
	}

	/** Whether this is how a chip answers that lost power or was reset: no applet is selected there. */
	get appletGone(): boolean {
		return this.sw === 0x6d00 || this.sw === 0x6e00;
	}

	/** Whether this is how a chip answers whose secure channel ended. */
	get channelGone(): boolean {
		return this.sw === 0x6982 || this.sw === 0x6987 || this.sw === 0x6988;
	}

	/** Whether the status word alone leaves open what is wrong with the object. */
	get ambiguous(): boolean {
		return this.sw === 0x6985 || this.sw === 0x6986 || this.sw === 0x6a80;
	}
}

/** From here on the ids are those of objects that the factory puts in (NXP AN12436). */
const firstFactoryId = 0xf0000000;

function advice(id: number): string {
	return id >= firstFactoryId
		? "which objects the factory puts in depends on the variant"
		: "check the id, or generate or write the object first";
}

/** The object is not in the chip. */
export class MissingObjectError extends StatusError {
	override readonly name = "MissingObjectError";
	readonly id: number;

	constructor({ command, sw }: StatusError, id: number) {
		super(command, sw, `object ${hex(id, 8)} is not in this chip; ${advice(id)}`);
		this.id = id;
	}
}

/** The object is in the chip and cannot do this. */
export class WrongTypeError extends StatusError {
	override readonly name = "WrongTypeError";
	readonly id: number;
	/** What ReadType says. */
	readonly type: number;

	constructor({ command, sw }: StatusError, id: number, type: number, wanted: string) {
		super(command, sw, `object ${hex(id, 8)} is of type ${typeName(type)}, ${wanted} is needed`);
		this.id = id;
		this.type = type;
	}
}
