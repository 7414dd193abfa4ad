import { type Command, commands, decodeResponse, encodeCommand, tags } from "../../se050/apdu.js";
import { concatenate, u16, u32 } from "../../se050/bytes.js";
import { StatusError, success } from "../../se050/status.js";
import { decodeTlvs, encodeTlv, valueOf } from "../../se050/tlv.js";

/** Commands that the firmware has no use for and a person at a desk has (AN12413, section 4). */
const more = {
	freeMemory: { name: "GetFreeMemory", cla: 0x80, ins: 0x04, p1: 0x00, p2: 0x22, response: "none" },
	idList: { name: "ReadIDList", cla: 0x80, ins: 0x02, p1: 0x00, p2: 0x25, response: "extended" },
	generateEcKey: { name: "WriteECKey", cla: 0x80, ins: 0x01, p1: 0x61, p2: 0x00, response: "none" },
} as const satisfies Record<string, Command>;

/** A command, ready to be sent, with what is made of its response. */
export interface Query<T> {
	apdu: Uint8Array;
	/** Takes a response apart, status word included. Throws StatusError, or an Error where it is malformed. */
	decode(response: Uint8Array): T;
}

const policyTag = 0x11;
const nistP256 = 0x03;
const anyType = 0xFF;

const idTlv = (id: number): Uint8Array => encodeTlv(tags.first, u32(id));
const byteTlv = (tag: number, value: number): Uint8Array => encodeTlv(tag, Uint8Array.of(value));
const unsigned = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0);

function query<T>(command: Command, data: Uint8Array, take: (data: Uint8Array) => T): Query<T> {
	return {
		apdu: encodeCommand(command, data),
		decode(response) {
			const { data: body, sw } = decodeResponse(response);
			if (sw !== success)
				throw new StatusError(command.name, sw);
			return take(body);
		},
	};
}

const value = (body: Uint8Array, tag: number = tags.first): Uint8Array => valueOf(decodeTlvs(body), tag).slice();

/** Kinds of memory (`SE05x_MemoryType_t`). */
export const memories = { "persistent": 1, "transient until reset": 2, "transient until deselect": 3 } as const;

/** Bytes that are free; parts up to 7.2.0 say at most 32767. */
export const freeMemory = (kind: number): Query<number> => query(more.freeMemory, byteTlv(tags.first, kind), body => unsigned(value(body)));

export const exists = (id: number): Query<boolean> => query(commands.checkObjectExists, idTlv(id), body => value(body)[0] === 1);

/** Size in bytes: of a file its content, of a key its curve or modulus. */
export const size = (id: number): Query<number> => query(commands.readSize, idTlv(id), body => unsigned(value(body)));

export const type = (id: number): Query<{ type: number; transient: boolean }> =>
	query(commands.readType, idTlv(id), body => ({ type: value(body)[0] ?? 0, transient: value(body, tags.second)[0] === 2 }));

/** A file, or the part of it from `offset` on; of an EC key pair the public key. */
export function read(id: number, part?: { offset: number; length: number }): Query<Uint8Array> {
	const where = part ? concatenate(encodeTlv(tags.second, u16(part.offset)), encodeTlv(tags.third, u16(part.length))) : new Uint8Array();
	return query(commands.readObject, concatenate(idTlv(id), where), body => value(body));
}

/** Identifiers from an offset in bytes on, and whether there are more. */
export const idList = (offset: number): Query<{ more: boolean; ids: number[] }> =>
	query(more.idList, concatenate(encodeTlv(tags.first, u16(offset)), byteTlv(tags.second, anyType)), body => {
		const list = value(body, tags.second);
		const ids = Array.from({ length: list.length / 4 }, (_, index) => unsigned(list.subarray(4 * index, 4 * index + 4)));
		return { more: value(body)[0] === 2, ids };
	});

export const random = (length: number): Query<Uint8Array> => query(commands.getRandom, encodeTlv(tags.first, u16(length)), body => value(body));

/** DER ECDSA-Sig-Value of a SHA-256 digest. */
export const signSha256 = (id: number, digest: Uint8Array): Query<Uint8Array> =>
	query(commands.ecdsaSign, concatenate(idTlv(id), byteTlv(tags.second, 0x21), encodeTlv(tags.third, digest)), body => value(body));

/** Generates a P-256 pair whose policy gives these rights to everyone, and no others (`policyRights`). */
export function generateKey(id: number, rights: number): Query<void> {
	const entry = concatenate(Uint8Array.of(8), u32(0), u32(rights));
	const data = concatenate(encodeTlv(policyTag, entry), idTlv(id), byteTlv(tags.second, nistP256));
	return query(more.generateEcKey, data, () => {});
}

/** Rights of a policy (NXP's `se05x_enums.h`, `POLICY_OBJ_*`). */
export const policyRights = {
	sign: 0x10000000, verify: 0x08000000, agree: 0x04000000, read: 0x00200000, write: 0x00100000, generate: 0x00080000, delete: 0x00040000,
} as const;
