// SPDX-License-Identifier: MIT
/** A command that changes something in the chip, whose response was lost, and it could not be found out whether it was executed. */
export class UnknownOutcomeError extends Error {
	override readonly name = "UnknownOutcomeError";
	/** The command's name in NXP's specification. */
	readonly command: string;

	/**
	 * @param lost what the link said
	 * @param look how to find out, a sentence
	 */
	constructor(command: string, lost: Error, look: string) {
		super(
			`SE050 ${command}: the chip may or may not have executed it: its response was lost, and it was not sent again. ${look} (${lost.message})`,
		);
		this.command = command;
	}
}
