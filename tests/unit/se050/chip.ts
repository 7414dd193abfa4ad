// SPDX-License-Identifier: MIT
import type { Transceiver } from "../../../se050/se050.js";

export const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
export const hex = (value: Uint8Array | ArrayBuffer) =>
	Buffer.from(value as Uint8Array)
		.toString("hex")
		.toUpperCase();

export const selectCommand = "00A4040010A000000396545300000001030000000000";
export const selectResponse = "0301016FFF010B9000";

/** A chip that answers given APDUs with given responses, in order; an Error in place of a response is thrown. */
export class ScriptedChip implements Transceiver {
	readonly commands: string[] = [];
	resets = 0;
	readonly #script: [command: string, response: string | Error][];

	constructor(...script: [command: string, response: string | Error][]) {
		this.#script = script.map(([command, response]) => [command.replaceAll(" ", ""), response]);
	}

	transceive(apdu: Uint8Array): ArrayBuffer {
		const command = hex(apdu);
		this.commands.push(command);
		const next = this.#script.shift();
		if (next === undefined || next[0] !== command)
			throw new Error(`APDU ${command} where the script has ${next?.[0] ?? "no more"}`);
		const [, response] = next;
		if (response instanceof Error) throw response;
		return bytes(response).buffer as ArrayBuffer;
	}

	reset(): void {
		this.resets++;
	}

	/** How many of the script's APDUs did not come. */
	get left(): number {
		return this.#script.length;
	}
}

/** The frame of a certificate: number, algorithm, issuer, validity, subject and key are empty, but for the number. */
const frame = bytes("300D 020101 3000 3000 3000 3000 3000 3000 0382");

/** DER of that many bytes altogether, at least 155, with the outer form of a certificate; its signature is the rest. */
export function sequenceOf(length: number): Uint8Array {
	const der = Uint8Array.from({ length }, (_, index) => index);
	const rest = length - 4 - frame.length - 2;
	der.set([0x30, 0x82, (length - 4) >> 8, length - 4, ...frame, rest >> 8, rest]);
	return der;
}

/** A response with one TLV, tag 41, length in three bytes as the applet likes it. */
export function tlvResponse(value: Uint8Array): string {
	return `4182${value.length.toString(16).padStart(4, "0")}${hex(value)}9000`;
}
