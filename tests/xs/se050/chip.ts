// SPDX-License-Identifier: MIT
/**
 * Link and SE050 on XS with a chip. mc/config has `bus`, and in hexadecimal `uid` and `certificate` as the chip
 * should have them. tests/native/se050/chip.test.ts starts the simulated chip and this.
 */
import config from "mc/config";
import { concatenate, hex as hexNumber, u16, u32 } from "se050/bytes";
import Link from "se050/link";
import { LinkError, type LinkErrorCode } from "se050/link-error";
import { objects } from "se050/objects";
import { SE050 } from "se050/se050";
import { MissingObjectError, WrongTypeError } from "se050/status";
import { encodeTlv } from "se050/tlv";
import { test } from "uvu";
import * as assert from "uvu/assert";

const { bus, uid, certificate } = config as unknown as { bus: string; uid: string; certificate: string };
const select = Uint8Array.of(
	0x00,
	0xa4,
	0x04,
	0x00,
	0x10,
	0xa0,
	0,
	0,
	3,
	0x96,
	0x54,
	0x53,
	0,
	0,
	0,
	1,
	3,
	0,
	0,
	0,
	0,
	0,
);

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, byte => hexNumber(byte, 2).slice(2))
		.join("")
		.toLowerCase();
}

function failure(action: () => unknown): LinkError {
	try {
		action();
	} catch (error) {
		assert.instance(error, LinkError);
		return error as LinkError;
	}
	throw new Error("nothing was thrown");
}

function codeOf(action: () => unknown): LinkErrorCode {
	return failure(action).code;
}

function withLink(action: (link: Link) => void): void {
	const link = new Link({ bus });
	try {
		action(link);
	} finally {
		link.close();
	}
}

function withChip(action: (chip: SE050) => void): void {
	withLink(link => action(new SE050(link)));
}

test("a reset returns the ATR", () =>
	withLink(link => {
		const atr = new Uint8Array(link.reset());
		assert.is(atr.length, 35);
		assert.is(hex(atr.subarray(0, 6)), "00a000000396");
	}));

test("without a reset no command is sent", () =>
	withLink(link => {
		const { code, executed } = failure(() => link.transceive(select));
		assert.is(code, "RESET_NEEDED");
		assert.is(executed, "no");
	}));

test("a command goes out from a view into a longer buffer, and from a whole one", () =>
	withLink(link => {
		link.reset();
		const wide = new Uint8Array(100);
		wide.set(select, 50);
		assert.is(hex(new Uint8Array(link.transceive(wide.subarray(50, 50 + select.length))).subarray(-2)), "9000");
		assert.is(hex(new Uint8Array(link.transceive(select)).subarray(-2)), "9000");
	}));

test("an empty command is refused", () =>
	withLink(link => {
		link.reset();
		assert.is(
			codeOf(() => link.transceive(new Uint8Array())),
			"BAD_COMMAND",
		);
		link.transceive(select);
	}));

test("what is no byte buffer is refused, and the link still works", () =>
	withLink(link => {
		link.reset();
		for (const wrong of [undefined, null, "80040020", 5, {}, new Uint16Array(4)])
			assert.throws(() => link.transceive(wrong as unknown as Uint8Array));
		link.transceive(select);
	}));

test("the bus' counts grow with what crosses it", () =>
	withLink(link => {
		assert.equal(link.counts, { writes: 0, reads: 0, nacked: 0, repeats: 0, errors: 0, bytesOut: 0, bytesIn: 0 });
		link.reset();
		const { writes, bytesIn, bytesOut } = link.counts;
		link.transceive(select);
		const after = link.counts;
		assert.is(after.writes, writes + 1);
		assert.is(after.bytesOut, bytesOut + 3 + select.length + 2);
		assert.ok(after.bytesIn > bytesIn && after.reads + after.nacked > 0);
		assert.is(after.errors + after.repeats, 0);
	}));

test("after close everything says so, and close itself may be called again", () =>
	withLink(link => {
		link.close();
		assert.is(
			codeOf(() => link.reset()),
			"CLOSED",
		);
		assert.is(
			codeOf(() => link.transceive(select)),
			"CLOSED",
		);
		assert.is(
			codeOf(() => void link.counts),
			"CLOSED",
		);
		link.close();
	}));

test("methods on an object that is no Link are refused", () => {
	assert.throws(() => Link.prototype.close.call({} as Link));
	assert.throws(() => Link.prototype.transceive.call({} as Link, select));
});

test("a second link to the same chip is refused in the simulator's words", () =>
	withLink(() => {
		assert.throws(() => new Link({ bus }), /refused: another host/);
	}));

test("another address is no chip", () => {
	const link = new Link({ bus, address: 0x20 });
	assert.is(
		codeOf(() => link.reset()),
		"NO_CHIP",
	);
	link.close();
});

test("version, UID, certificate, random numbers: all that the firmware asks for", () =>
	withChip(chip => {
		assert.is(chip.select().variant, "SE050A/B/C");
		assert.is(hex(chip.uid()), uid);
		assert.is(hex(chip.certificate()), certificate);
		const random = chip.random(900);
		assert.is(random.length, 900);
		assert.is.not(hex(random), hex(chip.random(900)));
	}));

test("a signature is DER and made without a select before it", () =>
	withChip(chip => {
		const signature = chip.key().sign("SHA-256", new Uint8Array(32).fill(7));
		assert.is(signature[0], 0x30);
		assert.is(signature[1], signature.length - 2);
	}));

test("a missing object and one of another type have different errors", () =>
	withChip(chip => {
		assert.is(chip.exists(0x12345678), false);
		assert.is(chip.exists(objects.cloudKey0), true);
		assert.throws(
			() => chip.read(0x12345678),
			(error: unknown) => error instanceof MissingObjectError,
		);
		assert.throws(
			() => chip.size(0x12345678),
			(error: unknown) => error instanceof MissingObjectError,
		);
		assert.throws(
			() => chip.key(0x12345678).sign("SHA-256", new Uint8Array(32)),
			(error: unknown) => error instanceof MissingObjectError,
		);
		assert.throws(
			() => chip.key(objects.cloudCertificate0).sign("SHA-256", new Uint8Array(32)),
			(error: unknown) => error instanceof WrongTypeError,
		);
	}));

test("the public key of a pair is a point of P-256", () =>
	withChip(chip => {
		const point = chip.read(objects.cloudKey0);
		assert.is(point.length, 65);
		assert.is(point[0], 4);
	}));

/** WriteBinary and DeleteObject, which the firmware has no use for (AN12413, 4.7.1.4 and 4.5.2). */
function writeFile(link: Link, id: number, content: Uint8Array): void {
	const part = 500;
	for (let offset = 0; offset < content.length; offset += part) {
		const size = offset === 0 ? encodeTlv(0x43, u16(content.length)) : new Uint8Array();
		const data = concatenate(
			encodeTlv(0x41, u32(id)),
			encodeTlv(0x42, u16(offset)),
			size,
			encodeTlv(0x44, content.subarray(offset, offset + part)),
		);
		const response = link.transceive(concatenate(Uint8Array.of(0x80, 0x01, 0x06, 0x00, 0x00), u16(data.length), data));
		assert.is(hex(new Uint8Array(response)), "9000");
	}
}

function deleteObject(link: Link, id: number): void {
	link.transceive(concatenate(Uint8Array.of(0x80, 0x04, 0x00, 0x28, 0x06), encodeTlv(0x41, u32(id))));
}

test("a file is read whole, whether one response carries it or three are needed", () =>
	withLink(link => {
		const id = 0x00abcdef;
		const chip = new SE050(link);
		chip.select();
		for (const length of [1, 470, 880, 881, 1000, 1636, 1637, 2000]) {
			const content = Uint8Array.from({ length }, (_, index) => index * 7 + length);
			writeFile(link, id, content);
			assert.is(chip.size(id), length);
			assert.is(hex(chip.read(id)), hex(content));
			deleteObject(link, id);
		}
	}));

test("an SE050 on a link that was reset without it selects the applet again", () =>
	withLink(link => {
		const chip = new SE050(link);
		chip.select();
		link.reset();
		assert.is(hex(chip.uid()), uid);
	}));

test("a thousand commands and their garbage leave the link whole", () =>
	withChip(chip => {
		chip.select();
		for (let i = 0; i < 1000; i++) assert.is(chip.random(1 + (i % 250)).length, 1 + (i % 250));
	}));

test("links that are not closed release their bus when they are collected", () => {
	const open = () => void new Link({ bus }).reset();
	open();
	let garbage: unknown[] = [];
	for (let tries = 0; tries < 200; tries++) {
		try {
			new Link({ bus }).close();
			return;
		} catch {
			garbage = Array.from({ length: 10_000 }, (_, index) => ({ index, garbage: tries }));
		}
	}
	throw new Error(`the bus is still taken, ${garbage.length}`);
});

test.run();
