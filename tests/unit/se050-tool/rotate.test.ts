// SPDX-License-Identifier: MIT
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { generateKeys, readKeys } from "../../../tools/se050/key-file.js";
import { expectedAnswer, putKeyData } from "../../../tools/se050/rotate.js";
import { hex } from "../se050/chip.js";

const e2 = {
	enc: "D2DB63E7A0A5AED72A6460C4DFDCAF64",
	mac: "738D5B798ED241B0B24768514BFBA95B",
	dek: "6702DAC30942B2C85E7F47B42CED4E7F",
};

const rotate = suite<{ folder: string; file: string }>("new SCP03 keys");
rotate.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "se050-keys-"));
	context.file = join(context.folder, "keys");
});
rotate.after.each(({ folder }) => rmSync(folder, { recursive: true }));

rotate("the check values of an SE050E2's published keys are the published ones", () => {
	assert.is(hex(expectedAnswer(e2)), "0B74FBDF8B5E16B584F5");
});

/** AES-128 of FIPS 197, appendix C.1: the key 000102…0F makes 69C4… of 001122…FF. */
rotate("each key goes under the present DEK, with type, lengths and check value", () => {
	const key = "00112233445566778899AABBCCDDEEFF";
	const data = hex(putKeyData({ enc: key, mac: e2.mac, dek: e2.dek }, "000102030405060708090A0B0C0D0E0F"));
	assert.is(data.length, 2 * 70);
	assert.ok(data.startsWith("0B88111069C4E0D86A7B0430D8CDB78070B4C55A03"));
	assert.is(data.slice(2 * 47, 2 * 50), "881110");
	assert.ok(data.endsWith("03B584F5"));
});

rotate("keys are read from lines ENC, MAC and DEK, in any order and with other lines between", ({ file }) => {
	writeFileSync(file, `# of my chip\nDEK ${e2.dek.toLowerCase()}\nENC\t${e2.enc} \nMAC ${e2.mac}\n`, { mode: 0o600 });
	assert.equal(readKeys(file), e2);
});

rotate("a file that others may read, and one without all keys, are refused, and no key is shown", ({ file }) => {
	writeFileSync(file, `ENC ${e2.enc}\nMAC ${e2.mac}\nDEK ${e2.dek}\n`, { mode: 0o600 });
	chmodSync(file, 0o640);
	assert.throws(() => readKeys(file), /chmod 600/);
	for (const wrong of ["", `ENC ${e2.enc}\nMAC ${e2.mac}\n`, `ENC ${e2.enc}0\nMAC ${e2.mac}\nDEK ${e2.dek}\n`]) {
		writeFileSync(file, wrong);
		chmodSync(file, 0o600);
		assert.throws(
			() => readKeys(file),
			(error: Error) =>
				/does not have the lines ENC, MAC and DEK/.test(error.message) && !error.message.includes(e2.enc),
		);
	}
});

rotate("new keys are random, in a file of its owner alone, which is never overwritten", ({ folder, file }) => {
	const first = generateKeys(file);
	assert.is(statSync(file).mode & 0o777, 0o600);
	assert.equal(readKeys(file), first);
	const text = readFileSync(file, "utf8");
	assert.throws(() => generateKeys(file), /EEXIST/);
	assert.is(readFileSync(file, "utf8"), text);
	assert.is.not(generateKeys(join(folder, "other")).enc, first.enc);
	assert.is(new Set(Object.values(first)).size, 3);
	assert.ok(existsSync(file));
});

rotate.run();
