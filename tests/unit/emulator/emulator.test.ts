// SPDX-License-Identifier: MIT
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { crc8, makeEfuses } from "../../../tools/emulator/efuse.js";
import { checkEmulator, emulatorArguments, isMissingNetwork } from "../../../tools/emulator/emulator.js";
import { readFlash } from "../../../tools/emulator/flash.js";
import { answerName, answerTime } from "../../../tools/emulator/services.js";

const folder = mkdtempSync(join(tmpdir(), "emulator-"));
test.after(() => rmSync(folder, { recursive: true }));

/** A program that does what a shell script says. */
function standIn(name: string, script: string): string {
	const path = join(folder, name);
	writeFileSync(path, `#!/bin/sh\n${script}\n`);
	chmodSync(path, 0o755);
	return path;
}

test("an emulator that is missing, or that has no ESP32, is one sentence with where to get one", () => {
	assert.throws(() => checkEmulator(join(folder, "none")), /cannot be started .*idf_tools\.py install qemu-xtensa/);
	const debian = standIn("debian", "echo 'Supported machines are:'; echo 'sim                  sim machine (default)'");
	assert.throws(() => checkEmulator(debian), /has no machine "esp32": the QEMU of Linux distributions/);
	checkEmulator(standIn("espressif", "echo 'esp32                Espressif ESP32 machine'"));
});

test("QEMU's warning of a network interface that it does not have is recognized", () => {
	// As QEMU 8.1.3 prints it for -nic user,model=e1000 with -M esp32.
	const warning =
		"qemu-system-xtensa: warning: requested NIC (anonymous, model e1000) was not created (not supported by this machine?)";
	assert.ok(isMissingNetwork(warning));
	for (const line of ["Not initializing SPI Flash", "qemu-system-xtensa: warning: netdev #net084 has no peer"])
		assert.not.ok(isMissingNetwork(line), line);
});

test("each board has a MAC address of its own, with the CRC that the chip checks", () => {
	/* Espressif's example in its QEMU's documentation: MAC 24:0a:c4:00:01:10, CRC b9. */
	assert.is(crc8(Buffer.from("240ac4000110", "hex")), 0xb9);
	assert.is(makeEfuses(0).subarray(0, 16).toString("hex"), "00000000100100c40a24b90000800000");
	assert.not.equal(makeEfuses(1).subarray(4, 11), makeEfuses(2).subarray(4, 11));
	assert.is(makeEfuses(0).length, 124);
});

/** A query for a name (RFC 1035, section 4.1). */
function query(type: number): Buffer {
	const labels = Buffer.from("\u0003abc\u0004test\u0000", "latin1");
	return Buffer.concat([Buffer.from("1234010000010000", "hex"), Buffer.alloc(4), labels, Buffer.from([0, type, 0, 1])]);
}

test("every name is this machine as the emulator's network shows it", () => {
	const answer = answerName(query(1)) ?? Buffer.alloc(0);
	assert.is(answer.readUInt16BE(0), 0x1234);
	assert.is(answer.readUInt16BE(6), 1);
	assert.equal([...answer.subarray(-4)], [10, 0, 2, 2]);
	assert.is(answerName(query(28))?.readUInt16BE(6), 0, "no IPv6 address");
	for (let length = 0; length < query(1).length; length++)
		assert.is(answerName(query(1).subarray(0, length)), undefined, `${length} bytes`);
});

test("the time service gives this machine's time and the request's own time stamp back", () => {
	const request = Buffer.alloc(48, 0);
	request[0] = 0x23;
	request.set([1, 2, 3, 4, 5, 6, 7, 8], 40);
	const answer = answerTime(request, Date.UTC(2026, 0, 1, 0, 0, 0, 500)) ?? Buffer.alloc(0);
	assert.is(answer.length, 48);
	assert.is((answer[0] ?? 0) & 7, 4, "mode: server");
	assert.equal([...answer.subarray(24, 32)], [1, 2, 3, 4, 5, 6, 7, 8]);
	assert.is(answer.readUInt32BE(40) - 2_208_988_800, Date.UTC(2026, 0, 1) / 1_000);
	assert.is(answer.readUInt32BE(44), 0x80000000);
	assert.is(answerTime(request.subarray(1), 0), undefined);
});

test("a build folder becomes a flash chip, and what is not an image is refused", () => {
	const image = join(folder, "image");
	mkdirSync(image);
	const table = Buffer.alloc(64, 0xff);
	table.set([0xaa, 0x50, 0, 0, 0, 0, 1, 0], 0);
	writeFileSync(join(image, "bootloader.bin"), Buffer.from([0xe9, 1]));
	writeFileSync(join(image, "partition-table.bin"), table);
	writeFileSync(join(image, "xs_esp32.bin"), Buffer.from([0xe9, 2]));
	const flash = readFlash(image);
	assert.equal([flash.length, flash[0x1000], flash[0x10001], flash[0]], [4 << 20, 0xe9, 2, 0xff]);
	const file = join(folder, "flash.bin");
	writeFileSync(file, flash);
	assert.equal(readFlash(file), flash);
	writeFileSync(file, flash.subarray(1));
	assert.throws(() => readFlash(file), /flash\.bin is not the whole flash of an ESP32/);
	assert.throws(() => readFlash(join(folder, "none")), /^There is no image .*none/);
	mkdirSync(join(folder, "empty"));
	assert.throws(() => readFlash(join(folder, "empty")), /^There is no image .*empty: name the folder/);
	assert.ok(readFileSync(file).length > 0);
});

test("a board reaches its chip over I2C or over its second serial port, and has files of its own", () => {
	const given = {
		folder: "/s",
		name: "board-2",
		index: 1,
		chip: "/s/board-2.sock",
		network: "open_eth",
		more: ["-d", "x"],
	};
	const i2c = emulatorArguments({ ...given, link: "i2c" }).join(" ");
	assert.match(i2c, /file=\/s\/board-2\.flash,if=mtd/);
	assert.match(i2c, /-nic user,model=open_eth,net=10\.0\.2\.0\/24 -d x$/);
	assert.not.match(i2c, /chardev/);
	assert.match(
		emulatorArguments({ ...given, link: "uart", network: "none" }).join(" "),
		/-chardev socket,id=chip,path=\/s\/board-2\.sock -serial chardev:chip .*-nic none/,
	);
});

test.run();
