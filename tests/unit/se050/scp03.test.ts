// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Applet } from "../../../se050/applet.js";
import { decodeOef } from "../../../se050/identify.js";
import { LinkError } from "../../../se050/link-error.js";
import { ObjectManagement } from "../../../se050/management/object-management.js";
import { partName } from "../../../se050/management/part-name.js";
import {
	type ChannelCounting,
	type ChannelKeys,
	factoryKeysOf,
	scp03Option,
	withChannelKeys,
} from "../../../se050/scp03.js";
import { SE050, type Transceiver } from "../../../se050/se050.js";
import { StatusError } from "../../../se050/status.js";
import { TlvError } from "../../../se050/tlv.js";
import { bytes, hex, ScriptedChip, selectCommand, selectResponse } from "./chip.js";

const enc = "D2DB63E7A0A5AED72A6460C4DFDCAF64";
const mac = "738D5B798ED241B0B24768514BFBA95B";
const identify = "80CA00FE 02 DF28 00";
const identifyResponse = "FE11 DF280E 010C 0100A921 0000000000000000 9000";
const uidCommand = "80020000 06 41047FFF0206 00";
const uidResponse = "41120400500194B58D02EAB29B046AA26A701B909000";

class SecureChip extends ScriptedChip implements Transceiver {
	readonly opened: [enc: string, mac: string, version: number, counting: ChannelCounting][] = [];
	readonly handed: ChannelKeys[] = [];
	secure(keys: ChannelKeys, counting: ChannelCounting): void {
		this.opened.push([hex(keys.enc), hex(keys.mac), keys.version, counting]);
		this.handed.push(keys);
	}
}

test("a setting is off, auto, a variant's name or own keys", () => {
	assert.is(scp03Option(""), undefined);
	assert.is(scp03Option("off"), undefined);
	assert.is(scp03Option("auto"), "auto");
	assert.is((scp03Option("SE050E2") as { enc: string }).enc, enc);
	assert.equal(scp03Option(`${enc},${mac}`), { enc, mac });
	assert.equal(scp03Option(`${enc},${mac},${enc}`), { enc, mac, dek: enc });
});

test("a setting that is none of these is refused without its text, which may be a key", () => {
	for (const wrong of [
		`${enc}`,
		`${enc},${mac.slice(1)}`,
		`${enc},${mac},`,
		`${enc},${mac},${enc},${enc}`,
		`${enc},${mac}0`,
		"SE050X",
	]) {
		try {
			scp03Option(wrong);
			assert.unreachable(wrong);
		} catch (error) {
			assert.instance(error, RangeError);
			assert.not((error as Error).message.includes(wrong));
			assert.not((error as Error).message.includes(enc.slice(0, 8)));
		}
	}
});

test("the factory's keys are found by OEF id, and an unknown one is reported", () => {
	assert.is(factoryKeysOf(0xa921).mac, mac);
	assert.throws(() => factoryKeysOf(0xa43b), /OEF id A43B/);
});

test("the keys' bytes are overwritten when the channel is open, and when it fails", () => {
	let seen: ChannelKeys | undefined;
	assert.throws(
		() =>
			withChannelKeys({ enc, mac }, keys => {
				seen = keys;
				assert.is(hex(keys.enc), enc);
				throw new Error("refused");
			}),
		/refused/,
	);
	assert.ok([...(seen?.enc ?? [1]), ...(seen?.mac ?? [1])].every(byte => byte === 0));
});

test("the OEF id is read from IDENTIFY, and another response is refused", () => {
	assert.is(decodeOef(bytes("FE11 DF280E 010C 0100A921 0000000000000000")), 0xa921);
	for (const wrong of ["", "FE03DF2801", "FE03DF2900", "FE05DF28020100", "FE07DF280401020100"])
		assert.throws(
			() => decodeOef(bytes(wrong)),
			(error: unknown) => error instanceof TlvError,
		);
});

test("the part is known by its OEF id, also where its keys are not", () => {
	assert.is(partName(0xa200), "SE050C1");
	assert.is(partName(0xa43b), "SE050D2");
	assert.match(partName(0xa1f4) ?? "", /development board/);
	assert.is(partName(0x1234), undefined);
});

test("with keys SELECT is followed by the channel, counted as the applet's version counts", () => {
	const old = new SecureChip([selectCommand, selectResponse]);
	new SE050(old, { scp03: { enc, mac } }).select();
	assert.equal(old.opened, [[enc, mac, 0x0b, "data"]]);
	const current = new SecureChip([selectCommand, "0702003F9FFFFF9000"]);
	new SE050(current, { scp03: { enc, mac, version: 0x0c } }).select();
	assert.equal(current.opened, [[enc, mac, 0x0c, "all"]]);
});

test("auto asks the chip what it is, before SELECT and once", () => {
	const chip = new SecureChip(
		[identify, identifyResponse],
		[selectCommand, selectResponse],
		[selectCommand, selectResponse],
	);
	const se050 = new SE050(chip, { scp03: "auto" });
	se050.select();
	se050.select();
	assert.equal(
		chip.opened.map(([key]) => key),
		[enc, enc],
	);
});

for (const lost of ["6982", "6987", "6988"]) {
	test(`a channel that the chip ends by ${lost} is opened again, and the command repeated`, () => {
		const chip = new SecureChip(
			[selectCommand, selectResponse],
			[uidCommand, lost],
			[selectCommand, selectResponse],
			[uidCommand, uidResponse],
		);
		const se050 = new SE050(chip, { scp03: { enc, mac } });
		se050.select();
		assert.is(se050.uid().length, 18);
		assert.is(chip.opened.length, 2);
	});
}

test("a forged or disturbed response is no end: reset, SELECT, channel, the command again", () => {
	const forged = new LinkError("sending a command to the SE050", "SCP03_BAD_RESPONSE");
	const chip = new SecureChip(
		[selectCommand, selectResponse],
		[uidCommand, forged],
		[selectCommand, selectResponse],
		[uidCommand, uidResponse],
	);
	const se050 = new SE050(chip, { scp03: { enc, mac } });
	se050.select();
	assert.is(se050.uid().length, 18);
});

test("without SCP03 a 6982 is what the chip says, and is not repeated", () => {
	const chip = new SecureChip([selectCommand, selectResponse], [uidCommand, "6982"]);
	const se050 = new SE050(chip);
	se050.select();
	assert.throws(
		() => se050.uid(),
		(error: unknown) => error instanceof StatusError && error.sw === 0x6982,
	);
});

test("a key generation that the channel's end answers is looked for before it is sent again: that status word has no MAC", () => {
	const [exists, generate] = ["80040027 06 410410000001", "80016100 09 410410000001 420103"];
	const chip = new SecureChip(
		[exists, "4101029000"],
		[generate, "6988"],
		[selectCommand, selectResponse],
		[exists, "4101019000"],
	);
	new ObjectManagement(new Applet(chip, { enc, mac })).generateEcKey(0x10000001, "P-256");
	assert.is(chip.left, 0);
	assert.is(chip.opened.length, 1);
});

test("a link without a secure channel is refused when one is asked for", () => {
	assert.throws(() => new SE050(new ScriptedChip(), { scp03: "auto" }), TypeError);
});

test.run();
