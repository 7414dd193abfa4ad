// SPDX-License-Identifier: MIT
import { decodeResponse } from "../../se050/apdu.js";
import { concatenate } from "../../se050/bytes.js";
import { certificatesIn } from "../../se050/chain.js";
import { DerError, trimSequence } from "../../se050/der.js";
import { decodeOef } from "../../se050/identify.js";
import { LinkError } from "../../se050/link-error.js";
import { decodeAttestation, signedMessage, type Transcript } from "../../se050/management/attestation.js";
import { decodeAttributes } from "../../se050/management/attributes.js";
import { decodeTlvs, encodeTlv, TlvError } from "../../se050/tlv.js";
import { decodeVersion } from "../../se050/version.js";

/** Counts of what the parsers said. */
export interface Verdicts {
	accepted: number;
	refused: number;
}

/** xorshift32: fast, and the same from run to run. */
function generator(seed: number): () => number {
	let state = seed || 1;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return state >>> 0;
	};
}

/** Bytes in which the parsers' own decide where they turn. */
const telling = [
	0x00, 0x01, 0x02, 0x08, 0x28, 0x30, 0x41, 0x42, 0x46, 0x52, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x90, 0xdf, 0xfe, 0xff,
];

function invented(random: () => number): Uint8Array {
	const bytes = new Uint8Array(random() % 40);
	for (let i = 0; i < bytes.length; i++)
		bytes[i] = random() % 3 > 0 ? (telling[random() % telling.length] ?? 0) : random();
	return bytes;
}

/** A right input with a few bytes changed, and sometimes its end cut off or something added. */
function spoilt(sample: Uint8Array, random: () => number): Uint8Array {
	const length = random() % 4 > 0 ? sample.length : random() % (sample.length + 8);
	const bytes = new Uint8Array(length);
	bytes.set(sample.subarray(0, length));
	for (let changes = random() % 4; changes > 0 && length > 0; changes--)
		bytes[random() % length] = random() % 2 > 0 ? (telling[random() % telling.length] ?? 0) : random();
	return bytes;
}

function check(holds: boolean, what: string, bytes: Uint8Array): void {
	if (!holds) throw new Error(`${what}: ${Buffer.from(bytes).toString("hex")}`);
}

interface Parser {
	/** Right inputs. */
	samples: readonly Uint8Array[];
	/** The one error by which it may refuse. */
	refusal: typeof TlvError | typeof DerError | typeof LinkError | typeof RangeError;
	/** Parses, and checks what must hold of what was accepted. */
	parse(bytes: Uint8Array): void;
}

const digits = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const tlv = (tag: number, value: string): Uint8Array => encodeTlv(tag, digits(value));

const freshness = "000102030405060708090a0b0c0d0e0f";
const chipId = "0400500194b58d02eab29b046aa26a701b90";
const timestamp = "000000010000000000000123";
const attributes3 = digits("10000001 01 01 0000 00000000 0000 08 00000000 10200000 02");
const attributes7 = digits("10000001 29 01 0000 00000000 0000 08 00000000 10200000 08 7da00001 00040000 02 00000001");
const attestedCommand = digits(`80220000000021 410410000001 4504f0000012 460121 4710${freshness}`);
const attested3 = concatenate(
	tlv(0x41, "04abcd"),
	encodeTlv(0x42, attributes3),
	tlv(0x43, timestamp),
	tlv(0x44, freshness),
	tlv(0x45, chipId),
	tlv(0x46, "3006020101020102"),
);
const attested7 = concatenate(
	tlv(0x41, "04abcd"),
	tlv(0x42, chipId),
	encodeTlv(0x43, attributes7),
	tlv(0x44, "0020"),
	tlv(0x4f, timestamp),
	tlv(0x52, "3006020101020102"),
);

function checkTlvs(bytes: Uint8Array): void {
	const tlvs = decodeTlvs(bytes);
	check(
		tlvs.every(({ value }) => value.length <= bytes.length),
		"a TLV's value is longer than all",
		bytes,
	);
	const again = decodeTlvs(concatenate(...tlvs.map(({ tag, value }) => encodeTlv(tag, value))));
	check(again.length === tlvs.length, "TLVs are others after a round trip", bytes);
}

function checkAttributes(bytes: Uint8Array): void {
	const { policy, version } = decodeAttributes(bytes);
	const least = 15 + 9 * policy.length + (version === undefined ? 0 : 1);
	check(least <= bytes.length, "attributes have more in them than bytes", bytes);
}

/** An empty digest stands for the command's: the length is all that matters here. */
const noDigest = () => new Uint8Array(32);

function checkAttestation(transcript: Transcript, bytes: Uint8Array): void {
	const attestation = decodeAttestation(transcript);
	const { form, chipId: id, signature, value } = attestation;
	const signed = signedMessage(attestation, noDigest).length - (form === "7.x" ? 32 : 0);
	check(signed < transcript.response.length, "more is signed than was there", bytes);
	check(
		id.length + signature.length + (value?.length ?? 0) <= transcript.response.length,
		"an attestation has more in it than bytes",
		bytes,
	);
}

/** A certificate without content, and the same in PEM. */
const certificate = digits("3016300d0201013000300030003000300030000303000102");
const pem = new Uint8Array(
	Buffer.from(
		`-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString("base64")}\n-----END CERTIFICATE-----\n`,
	),
);

function checkChain(bytes: Uint8Array): void {
	for (const each of certificatesIn(bytes))
		check(trimSequence(each).length === each.length, "a certificate is longer than its SEQUENCE", bytes);
}

const parsers: readonly Parser[] = [
	{
		samples: [digits("4182000401020304"), digits("41010142020800"), digits("418101aa")],
		refusal: TlvError,
		parse: checkTlvs,
	},
	{
		samples: [digits("3006020101020102"), digits("30820080"), digits("308180")],
		refusal: DerError,
		parse: bytes => check(trimSequence(bytes).length <= bytes.length, "a SEQUENCE is longer than all", bytes),
	},
	{
		samples: [certificate, concatenate(certificate, certificate), pem, digits("300d02010130003000300030003000")],
		refusal: DerError,
		parse: checkChain,
	},
	{
		samples: [digits("9000"), digits("4101019000")],
		refusal: LinkError,
		parse: bytes => check(decodeResponse(bytes).data.length === bytes.length - 2, "a response lost data", bytes),
	},
	{
		samples: [digits("0301016fff010b"), digits("0702003f9fffff")],
		refusal: RangeError,
		parse: bytes => check(decodeVersion(bytes).variant !== "", "a version has no variant", bytes),
	},
	{
		samples: [digits("fe11df280e010c0100a9210000000000000000")],
		refusal: TlvError,
		parse: bytes => check(decodeOef(bytes) <= 0xffff, "an OEF id is longer than two bytes", bytes),
	},
	{ samples: [attributes3, attributes7], refusal: TlvError, parse: checkAttributes },
	{
		samples: [attested3, attested7],
		refusal: TlvError,
		parse: bytes => checkAttestation({ command: attestedCommand, response: bytes }, bytes),
	},
	{
		samples: [attestedCommand],
		refusal: TlvError,
		parse: bytes => checkAttestation({ command: bytes, response: attested7 }, bytes),
	},
];

/** @throws Error with the input that a parser takes wrongly, or at which it fails by an error that is not its own */
export function fuzzParsers(runs: number, seed: number): Verdicts {
	const random = generator(seed);
	const verdicts = { accepted: 0, refused: 0 };
	for (let run = 0; run < runs; run++) {
		const { samples, refusal, parse } = parsers[run % parsers.length]!;
		const bytes = random() % 3 === 0 ? invented(random) : spoilt(samples[random() % samples.length]!, random);
		try {
			parse(bytes);
			verdicts.accepted++;
		} catch (error) {
			if (!(error instanceof refusal)) throw new Error(`${String(error)}: ${Buffer.from(bytes).toString("hex")}`);
			verdicts.refused++;
		}
	}
	return verdicts;
}
