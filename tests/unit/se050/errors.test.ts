// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Applet } from "../../../se050/applet.js";
import { LinkError, type LinkErrorCode } from "../../../se050/link-error.js";
import { ObjectManagement } from "../../../se050/management/object-management.js";
import { SE050 } from "../../../se050/se050.js";
import { MissingObjectError, StatusError, WrongTypeError } from "../../../se050/status.js";
import { bytes, hex, ScriptedChip, selectCommand, selectResponse, tlvResponse } from "./chip.js";

const certificateCommand = "80020000 000006 4104F0000101 0000";
const partCommand = "80020000 00000A 4104F0000101 430202F4 0000";
const sizeCommand = "80020007 06 4104F0000101";
const existsCommand = "80040027 06 4104F0000101";
const typeCommand = "80020026 06 4104F0000101";
const uidCommand = "80020000 06 41047FFF0206 00";
const uidResponse = "4112 0400500194B58D02EAB29B046AA26A701B90 9000";
const signature = new Uint8Array([0x30, 6, 2, 1, 1, 2, 1, 2]);

function failure<Kind extends Error>(kind: abstract new (...args: never[]) => Kind, action: () => unknown): Kind {
	try {
		action();
	} catch (error) {
		assert.instance(error, kind);
		return error as Kind;
	}
	assert.unreachable("nothing was thrown");
	throw new Error();
}

function linkError(code: LinkErrorCode): LinkError {
	return new LinkError("sending a command to the SE050", code);
}

test("a status word is reported with the command, NXP's name and the likely cause", () => {
	const error = failure(StatusError, () => new SE050(new ScriptedChip([uidCommand, "6982"])).uid());
	assert.is(error.sw, 0x6982);
	assert.is(error.command, "ReadObject");
	assert.is(error.meaning, "SW_SECURITY_STATUS_NOT_SATISFIED");
	assert.match(error.message, /^SE050 ReadObject: 0x6982 SW_SECURITY_STATUS_NOT_SATISFIED: .*Platform SCP03/);
});

test("an unknown status word is still reported", () => {
	const error = failure(StatusError, () => new SE050(new ScriptedChip([uidCommand, "6F00"])).uid());
	assert.match(error.message, /0x6F00 unknown status word/);
});

test("an applet that is not there says so", () => {
	const error = failure(StatusError, () => new SE050(new ScriptedChip([selectCommand, "6A82"])).select());
	assert.match(error.message, /SELECT.*no IoT applet/);
});

test("a missing object is found out after the failure", () => {
	const chip = new ScriptedChip(
		[certificateCommand, "6985"],
		[selectCommand, selectResponse],
		[partCommand, "6985"],
		[existsCommand, "4101029000"],
	);
	const error = failure(MissingObjectError, () => new SE050(chip).certificate());
	assert.is(error.id, 0xf0000101);
	assert.is(error.sw, 0x6985);
	assert.match(error.message, /object 0xF0000101 is not in this chip; .* factory .* variant/);
	assert.is(chip.left, 0);
	const own = new ScriptedChip(["80020007 06 410410000001", "6985"], ["80040027 06 410410000001", "4101029000"]);
	const { message } = failure(MissingObjectError, () => new SE050(own).size(0x10000001));
	assert.match(message, /object 0x10000001 is not in this chip; check the id, or generate or write the object first/);
});

test("a key where a file is wanted is found out after the failure", () => {
	const chip = new ScriptedChip(
		[certificateCommand, "6986"],
		[selectCommand, selectResponse],
		[partCommand, "6986"],
		[existsCommand, "4101019000"],
		[typeCommand, "4101094201019000"],
	);
	const error = failure(WrongTypeError, () => new SE050(chip).certificate());
	assert.is(error.type, 0x09);
	assert.match(error.message, /object 0xF0000101 is of type AES key, a readable object is needed/);
});

test("a file where a key is wanted is found out after the failure", () => {
	const chip = new ScriptedChip(
		[`80030C09 2B 4104F0000101 420121 4320${"00".repeat(32)}`, "6985"],
		[existsCommand, "4101019000"],
		[typeCommand, "41010B4201019000"],
	);
	const error = failure(WrongTypeError, () => new SE050(chip).key(0xf0000101).sign("SHA-256", new Uint8Array(32)));
	assert.match(error.message, /ECDSASign.*is of type binary file, an EC key pair is needed/);
});

test("an EC key of applet 7.2, whose type names the curve, can sign: the failure has another cause", () => {
	for (const type of ["29", "2A", "2D", "5D"]) {
		const chip = new ScriptedChip(
			[`80030C09 2B 4104F0000101 420121 4320${"00".repeat(32)}`, "6985"],
			[existsCommand, "4101019000"],
			[typeCommand, `4101${type}4201019000`],
		);
		const error = failure(StatusError, () => new SE050(chip).key(0xf0000101).sign("SHA-256", new Uint8Array(32)));
		assert.is(error.name, "StatusError", type);
	}
});

test("public and Edwards keys of applet 7.2 cannot make an ECDSA signature", () => {
	for (const type of ["2B", "65", "66"]) {
		const chip = new ScriptedChip(
			[`80030C09 2B 4104F0000101 420121 4320${"00".repeat(32)}`, "6985"],
			[existsCommand, "4101019000"],
			[typeCommand, `4101${type}4201019000`],
		);
		failure(WrongTypeError, () => new SE050(chip).key(0xf0000101).sign("SHA-256", new Uint8Array(32)));
	}
});

test("when the chip does not explain itself, the first failure stands", () => {
	const chip = new ScriptedChip([sizeCommand, "6985"], [existsCommand, "6982"]);
	assert.is(failure(StatusError, () => new SE050(chip).size(0xf0000101)).sw, 0x6985);
});

test("a status word that is no riddle costs no further command", () => {
	const chip = new ScriptedChip([sizeCommand, "6982"]);
	assert.is(failure(StatusError, () => new SE050(chip).size(0xf0000101)).sw, 0x6982);
	assert.is(chip.commands.length, 1);
});

for (const code of [
	"NO_ANSWER",
	"BAD_PROTOCOL",
	"ABORTED",
	"TOO_SLOW",
	"RESPONSE_TOO_LONG",
	"BUS_ERROR",
	"RESET_NEEDED",
] as const) {
	test(`after ${code} the link is reset, the applet selected and the command repeated`, () => {
		const chip = new ScriptedChip(
			[uidCommand, linkError(code)],
			[selectCommand, selectResponse],
			[uidCommand, uidResponse],
		);
		assert.is(hex(new SE050(chip).uid()), "0400500194B58D02EAB29B046AA26A701B90");
		assert.is(chip.resets, 1);
	});
}

for (const code of ["NO_CHIP", "BAD_ATR", "CLOSED", "BUS_NOT_OPENED", "BAD_COMMAND"] as const) {
	test(`after ${code} nothing is repeated`, () => {
		const chip = new ScriptedChip([uidCommand, linkError(code)]);
		assert.is(failure(LinkError, () => new SE050(chip).uid()).code, code);
		assert.is(chip.commands.length, 1);
	});
}

test("a signature is repeated too: making one changes nothing in the chip", () => {
	const sign = `80030C09 2B 4104F0000100 420121 4320${"00".repeat(32)}`;
	const chip = new ScriptedChip(
		[sign, linkError("NO_ANSWER")],
		[selectCommand, selectResponse],
		[sign, tlvResponse(signature)],
	);
	assert.equal(new SE050(chip).key().sign("SHA-256", new Uint8Array(32)), signature);
});

test("a chip that was reset unnoticed, and has no applet selected, gets it selected again", () => {
	for (const sw of ["6D00", "6E00"]) {
		const chip = new ScriptedChip([uidCommand, sw], [selectCommand, selectResponse], [uidCommand, uidResponse]);
		assert.is(new SE050(chip).uid().length, 18, sw);
	}
});

test("a command that fails again after the recovery is not repeated forever", () => {
	const chip = new ScriptedChip(
		[uidCommand, linkError("NO_ANSWER")],
		[selectCommand, selectResponse],
		[uidCommand, linkError("NO_ANSWER")],
	);
	assert.is(failure(LinkError, () => new SE050(chip).uid()).code, "NO_ANSWER");
	assert.is(chip.left, 0);
});

test("a link that wants a reset after each reset ends in its error", () => {
	for (const code of ["RESET_NEEDED", "SCP03_NOT_OPEN"] as const) {
		const lasting = { commands: 0, transceive: (apdu: Uint8Array) => answer(apdu), reset: () => {} };
		const answer = (apdu: Uint8Array): ArrayBuffer => {
			if (hex(apdu) === selectCommand) return bytes(selectResponse).buffer as ArrayBuffer;
			lasting.commands++;
			throw new LinkError("sending a command to the SE050", code, undefined, "no");
		};
		assert.is(failure(LinkError, () => new SE050(lasting).uid()).code, code);
		assert.ok(lasting.commands <= 3, String(lasting.commands));
		const management = new ObjectManagement(new Applet(lasting));
		assert.is(failure(LinkError, () => management.delete(0x10000001)).code, code);
		assert.ok(lasting.commands <= 6, String(lasting.commands));
	}
});

test("a response that is too short for a status word is repeated, and never called an argument that is wrong", () => {
	for (const short of ["", "90"]) {
		const chip = new ScriptedChip([uidCommand, short], [selectCommand, selectResponse], [uidCommand, uidResponse]);
		assert.is(new SE050(chip).uid().length, 18);
		const lasting = new ScriptedChip([uidCommand, short], [selectCommand, selectResponse], [uidCommand, short]);
		const error = failure(LinkError, () => new SE050(lasting).uid());
		assert.is(error.code, "NO_STATUS_WORD");
		assert.is(error.executed, "unknown");
	}
});

test("SELECT itself is tried twice", () => {
	const chip = new ScriptedChip([selectCommand, linkError("BAD_PROTOCOL")], [selectCommand, selectResponse]);
	assert.is(new SE050(chip).select().major, 3);
	assert.is(chip.resets, 2);
});

test("a transceiver that cannot be reset gets no second try", () => {
	const chip = new ScriptedChip([uidCommand, linkError("NO_ANSWER")]);
	const bare = { transceive: (apdu: Uint8Array) => chip.transceive(apdu) };
	assert.is(failure(LinkError, () => new SE050(bare).uid()).code, "NO_ANSWER");
});

test.run();
