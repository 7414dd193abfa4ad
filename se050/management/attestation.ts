// SPDX-License-Identifier: MIT
import { tags } from "../apdu.js";
import { concatenate, equal } from "../bytes.js";
import { decodeTlvs, type Tlv, TlvError } from "../tlv.js";
import { type Attributes, decodeAttributes } from "./attributes.js";

/** An attested read as it crossed the bus (in plain). */
export interface Transcript {
	/** The command APDU: header, Lc and data, without Le. */
	readonly command: Uint8Array;
	/** The response's data, without the status word. */
	readonly response: Uint8Array;
}

/** What an attestation key has signed about an object. Only the signature makes it true: see docs/attestation.md. */
export interface Attestation {
	/** The two forms of the applet's versions. 3.x signs values without their lengths, 7.x signs all of the exchange. */
	readonly form: "3.x" | "7.x";
	/** What ReadObject returns: a public key, a file; undefined where the policy does not allow to read it. */
	readonly value: Uint8Array | undefined;
	readonly attributes: Attributes;
	/** The attributes as the applet encodes them. */
	readonly attributeBytes: Uint8Array;
	/** The chip's unique id, 18 bytes. */
	readonly chipId: Uint8Array;
	/** 12 bytes, not of a clock: it grows from start to start. */
	readonly timestamp: Uint8Array;
	/** The 16 bytes that the host chose for this read. */
	readonly freshness: Uint8Array;
	/** 0: the modulus, 1: the public exponent; undefined unless the read asked for a component of an RSA key. */
	readonly component: number | undefined;
	/** DER ECDSA-Sig-Value over the SHA-256 digest of `signedMessage`. */
	readonly signature: Uint8Array;
	/** 7.x: the command, whose digest is signed first. */
	readonly signedCommand: Uint8Array | undefined;
	/** The bytes of the response that are signed: values one after another (3.x), or TLVs (7.x). */
	readonly signedResponse: Uint8Array;
}

/** A tag, and the length of its value in bytes; undefined: any but 0. */
type Field = readonly [tag: number, length?: number];

const lengths = { id: 4, freshness: 16, timestamp: 12, chipId: 18, size: 2 } as const;

/** ReadObject with the attestation flag (AN12413 and AN12543, 4.7.1), then a zero and two bytes of Lc. */
const header = Uint8Array.of(0x80, 0x22, 0x00, 0x00, 0x00);
const dataOffset = 7;
const ecdsaSha256 = 0x21;

/** The command asks for a whole object: no offset and no length. */
const commandFields: readonly Field[] = [
	[tags.first, lengths.id],
	[tags.fifth, lengths.id],
	[tags.sixth, 1],
	[tags.seventh, lengths.freshness],
];
const componentFields: readonly Field[] = [commandFields[0]!, [tags.fourth, 1], ...commandFields.slice(1)];

const valueField: Field = [tags.first];
const forms = [
	{
		form: "3.x",
		fields: [
			[tags.second],
			[tags.third, lengths.timestamp],
			[tags.fourth, lengths.freshness],
			[tags.fifth, lengths.chipId],
			[tags.sixth],
		],
	},
	{
		form: "7.x",
		fields: [
			[tags.second, lengths.chipId],
			[tags.third],
			[tags.fourth, lengths.size],
			[tags.timestamp, lengths.timestamp],
			[tags.signature],
		],
	},
] as const satisfies readonly { form: Attestation["form"]; fields: readonly Field[] }[];

/** Whether TLVs are exactly these fields, in this order. */
function match(tlvs: readonly Tlv[], fields: readonly Field[]): boolean {
	return (
		tlvs.length === fields.length &&
		fields.every(([tag, length], index) => {
			const tlv = tlvs[index];
			return tlv?.tag === tag && (length === undefined ? tlv.value.length > 0 : tlv.value.length === length);
		})
	);
}

/** What a command asks for. @throws {TlvError} it is not an attested ReadObject of a whole object */
function decodeCommand(command: Uint8Array): Pick<Attestation, "freshness" | "component"> & { id: Uint8Array } {
	const data = command.subarray(dataOffset);
	const lengthIsRight = data.length === ((command[5] ?? 0) << 8) + (command[6] ?? 0);
	const tlvs = decodeTlvs(data);
	const withComponent = match(tlvs, componentFields);
	if (
		!equal(command.subarray(0, header.length), header) ||
		!lengthIsRight ||
		!(withComponent || match(tlvs, commandFields))
	)
		throw new TlvError("the command is not an attested read of a whole object");
	const value = (tag: number) => tlvs.find(tlv => tlv.tag === tag)!.value;
	if (value(tags.sixth)[0] !== ecdsaSha256) throw new TlvError("the command does not ask for ECDSA with SHA-256");
	return {
		id: value(tags.first),
		freshness: value(tags.seventh),
		component: withComponent ? value(tags.fourth)[0] : undefined,
	};
}

/**
 * Takes an attested ReadObject apart. Applet 3.x: TAG_1 value, TAG_2 attributes, TAG_3 timestamp, TAG_4 freshness, TAG_5 chip
 * id, TAG_6 signature. Applet 7.x: TAG_1 value, TAG_2 chip id, TAG_3 attributes, TAG_4 size, TAG_TIMESTAMP, TAG_SIGNATURE.
 * The tags, their order and their lengths decide the form; nothing else may be there. TAG_1 is absent when the object
 * may not be read.
 * @throws {TlvError} it has neither form, or does not answer this command
 */
export function decodeAttestation({ command, response }: Transcript): Attestation {
	const { id, freshness, component } = decodeCommand(command);
	const tlvs = decodeTlvs(response);
	const hasValue = tlvs[0]?.tag === valueField[0];
	const found = forms.find(({ fields }) => match(tlvs, hasValue ? [valueField, ...fields] : fields));
	if (!found)
		throw new TlvError(
			"the response is not an attestation: its tags, their order or their lengths are of neither applet",
		);
	const value = hasValue ? tlvs[0]!.value : undefined;
	const [a, b, c, d, signature] = tlvs.slice(-5).map(tlv => tlv.value) as [
		Uint8Array,
		Uint8Array,
		Uint8Array,
		Uint8Array,
		Uint8Array,
	];
	const is7 = found.form === "7.x";
	const [attributeBytes, chipId, timestamp] = is7 ? [b, a, d] : [a, d, b];
	if (!is7 && !equal(c, freshness))
		throw new TlvError("an attested read whose freshness is not the command's: it answers another one");
	const attributes = decodeAttributes(attributeBytes);
	if (!equal(attributeBytes.subarray(0, lengths.id), id))
		throw new TlvError("an attested read of another object than the command asked for");
	const end = d.byteOffset + d.length - response.byteOffset;
	return {
		form: found.form,
		value,
		attributes,
		attributeBytes,
		chipId,
		timestamp,
		freshness,
		component,
		signature,
		signedCommand: is7 ? command : undefined,
		signedResponse: is7 ? response.subarray(0, end) : concatenate(...tlvs.slice(0, -1).map(tlv => tlv.value)),
	};
}

/**
 * What the signature is over. Applet 3.x: the values of TAG_1 to TAG_5, one after another. Applet 7.x: the SHA-256 digest
 * of the command, then the response's TLVs in front of the signature as they came (NXP's AN12413 and AN12543, ReadObject;
 * the example se05x_ReadWithAttestation of its middleware).
 */
export function signedMessage(
	{ signedCommand, signedResponse }: Attestation,
	sha256: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
	return signedCommand ? concatenate(sha256(signedCommand), signedResponse) : signedResponse;
}
