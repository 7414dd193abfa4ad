// SPDX-License-Identifier: MIT
import { concatenate } from "./bytes.js";
import { frozen } from "./frozen.js";
import { LinkError } from "./link-error.js";

/** Tags of the applet's TLVs (AN12413, section 4.3.1.3: TAG_1 and so on; TAG_TIMESTAMP and TAG_SIGNATURE of applet 7.x). */
export const tags = frozen({
	policy: 0x11,
	first: 0x41,
	second: 0x42,
	third: 0x43,
	fourth: 0x44,
	fifth: 0x45,
	sixth: 0x46,
	seventh: 0x47,
	timestamp: 0x4f,
	signature: 0x52,
});

/**
 * How long a response may be, that is the form of Le. "short": up to 256 bytes with Lc in one byte; "extended": all that
 * the chip has, with Lc in three bytes (ISO 7816-3, 12.1.3); "none": no Le, as NXP sends commands with a short response.
 */
export type ResponseSize = "none" | "short" | "extended";

export interface Command {
	/** As NXP's APDU specification (AN12413) calls it. */
	readonly name: string;
	readonly cla: number;
	readonly ins: number;
	readonly p1: number;
	readonly p2: number;
	readonly response: ResponseSize;
}

/**
 * Commands that only ask, or make no difference when they are executed twice; codes from NXP's AN12413 (applet 3.x) and
 * AN12543 (7.x), section 4.3. Each of them may be repeated when it is not known whether it was executed.
 */
export const commands = frozen({
	identify: { name: "IDENTIFY", cla: 0x80, ins: 0xca, p1: 0x00, p2: 0xfe, response: "short" },
	select: { name: "SELECT", cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x00, response: "short" },
	readObject: { name: "ReadObject", cla: 0x80, ins: 0x02, p1: 0x00, p2: 0x00, response: "extended" },
	readShortObject: { name: "ReadObject", cla: 0x80, ins: 0x02, p1: 0x00, p2: 0x00, response: "short" },
	readSize: { name: "ReadSize", cla: 0x80, ins: 0x02, p1: 0x00, p2: 0x07, response: "none" },
	readType: { name: "ReadType", cla: 0x80, ins: 0x02, p1: 0x00, p2: 0x26, response: "none" },
	checkObjectExists: { name: "CheckObjectExists", cla: 0x80, ins: 0x04, p1: 0x00, p2: 0x27, response: "none" },
	attestedRead: { name: "ReadObject with attestation", cla: 0x80, ins: 0x22, p1: 0x00, p2: 0x00, response: "extended" },
	readAttributes: { name: "ReadAttributes", cla: 0x80, ins: 0x02, p1: 0x00, p2: 0x3b, response: "extended" },
	readIdList: { name: "ReadIDList", cla: 0x80, ins: 0x02, p1: 0x00, p2: 0x25, response: "extended" },
	readEcCurveList: { name: "ReadECCurveList", cla: 0x80, ins: 0x02, p1: 0x0b, p2: 0x25, response: "none" },
	/** Writes, but the same value a second time makes no difference. */
	setEcCurveParam: { name: "SetECCurveParam", cla: 0x80, ins: 0x01, p1: 0x0b, p2: 0x40, response: "none" },
	getFreeMemory: { name: "GetFreeMemory", cla: 0x80, ins: 0x04, p1: 0x00, p2: 0x22, response: "none" },
	getRandom: { name: "GetRandom", cla: 0x80, ins: 0x04, p1: 0x00, p2: 0x49, response: "extended" },
	ecdsaSign: { name: "ECDSASign", cla: 0x80, ins: 0x03, p1: 0x0c, p2: 0x09, response: "none" },
	rsaDecrypt: { name: "RSADecrypt", cla: 0x80, ins: 0x03, p1: 0x02, p2: 0x38, response: "extended" },
	digestOneShot: { name: "DigestOneShot", cla: 0x80, ins: 0x03, p1: 0x00, p2: 0x0e, response: "none" },
} satisfies Record<string, Command>);

/** Commands that change something: they go through `Applet.change`, which does not repeat them blindly. */
export const changes = frozen({
	writeEcKey: { name: "WriteECKey", cla: 0x80, ins: 0x01, p1: 0x61, p2: 0x00, response: "none" },
	writeRsaKey: { name: "WriteRSAKey", cla: 0x80, ins: 0x01, p1: 0x62, p2: 0x00, response: "none" },
	writeBinary: { name: "WriteBinary", cla: 0x80, ins: 0x01, p1: 0x06, p2: 0x00, response: "none" },
	deleteSecureObject: { name: "DeleteSecureObject", cla: 0x80, ins: 0x04, p1: 0x00, p2: 0x28, response: "none" },
	createEcCurve: { name: "CreateECCurve", cla: 0x80, ins: 0x01, p1: 0x0b, p2: 0x04, response: "none" },
} satisfies Record<string, Command>);

/** The instance AID of the SE050's IoT applet (AN12413, section 3.2). */
export const appletAid = Uint8Array.of(
	0xa0,
	0x00,
	0x00,
	0x03,
	0x96,
	0x54,
	0x53,
	0x00,
	0x00,
	0x00,
	0x01,
	0x03,
	0x00,
	0x00,
	0x00,
	0x00,
);

const shortLcMax = 0xfe;
const lcMax = 0xffff;

/** The bytes of a command APDU. Lc is extended when Le is, or when the data needs it; without data there is Le only. */
export function encodeCommand({ name, cla, ins, p1, p2, response }: Command, data: Uint8Array): Uint8Array {
	const { length } = data;
	if (length > lcMax) throw new RangeError(`${name}: a command carries at most ${lcMax} bytes of data, not ${length}`);
	const header = Uint8Array.of(cla, ins, p1, p2);
	if (length === 0) return concatenate(header, Uint8Array.of(0));
	if (response === "extended" || length > shortLcMax)
		return concatenate(
			header,
			Uint8Array.of(0, length >> 8, length),
			data,
			response === "none" ? new Uint8Array() : Uint8Array.of(0, 0),
		);
	return concatenate(header, Uint8Array.of(length), data, response === "none" ? new Uint8Array() : Uint8Array.of(0));
}

export interface Response {
	data: Uint8Array;
	/** Status word, SW1 in the high byte. */
	sw: number;
}

/** A response APDU: data, then the status word. @throws {LinkError} NO_STATUS_WORD: it has less than two bytes */
export function decodeResponse(bytes: Uint8Array): Response {
	const end = bytes.length - 2;
	const [sw1, sw2] = bytes.subarray(Math.max(end, 0));
	if (sw1 === undefined || sw2 === undefined) throw new LinkError("sending a command to the SE050", "NO_STATUS_WORD");
	return { data: bytes.subarray(0, end), sw: (sw1 << 8) | sw2 };
}
