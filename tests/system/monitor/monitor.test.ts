// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { startFirmware } from "../../../tools/device/firmware.js";
import { type Chip, startChip, withCleanUp } from "../app/picture.js";
import { Monitor, SerialLine } from "./pty.js";

/** The firmware's output up to its first attempt to connect, as a board sends it: lines end in CR LF. */
async function output(chip: Chip): Promise<string> {
	const lines: string[] = [];
	const { promise, resolve } = deferred();
	const firmware = startFirmware({
		...(await build()),
		config: { endpoint: "nowhere.invalid", address: "127.0.0.1", port: 1, bus: chip.address },
		onLine(line) {
			lines.push(line);
			if (line.includes(" connect ")) resolve();
		},
		onError: line => lines.push(line),
	});
	firmware.ended.then(resolve);
	await promise;
	await firmware.stop();
	return lines.map(line => `${line}\r\n`).join("");
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
	let resolve = () => {};
	const promise = new Promise<void>(done => {
		resolve = done;
	});
	return { promise, resolve };
}

test("a firmware's lines are shown as they come, and Ctrl-C ends the monitor with status 0", () =>
	withCleanUp(async (folder, onEnd) => {
		const chip = await startChip(folder);
		onEnd(() => chip.close());
		const line = await SerialLine.open(join(folder, "tty"));
		onEnd(() => line.vanish());
		const monitor = new Monitor(["--port", line.path]);
		onEnd(() => monitor.interrupt());
		await monitor.shows("Ctrl-C ends the monitor");
		const text = await output(chip);
		line.send(text);
		await monitor.shows(" connect ");
		assert.is(await monitor.interrupt(), 0);
		for (const shown of text.trimEnd().split("\r\n")) assert.ok(monitor.output.includes(`${shown}\n`), shown);
	}));

test("--save keeps the certificate as <uid>.pem and one line of the ledger, however often the board resets", () =>
	withCleanUp(async (folder, onEnd) => {
		const chip = await startChip(folder);
		onEnd(() => chip.close());
		const line = await SerialLine.open(join(folder, "tty"));
		onEnd(() => line.vanish());
		const monitor = new Monitor([
			"--port",
			line.path,
			"--save",
			join(folder, "chips"),
			"--ca",
			join(folder, "manufacturer.json"),
		]);
		onEnd(() => monitor.interrupt());
		await monitor.shows("Ctrl-C ends the monitor");
		const text = await output(chip);
		line.send(text);
		await monitor.shows("— saved the certificate");
		line.send(`ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n${text}`);
		await monitor.shows("is already in");
		const ledger = readFileSync(join(folder, "chips", "ledger.ndjson"), "utf8")
			.trimEnd()
			.split("\n")
			.map(entry => JSON.parse(entry));
		const pem = readFileSync(join(folder, "chips", `${ledger[0].uid}.pem`), "utf8");
		assert.is(ledger.length, 1);
		assert.equal(Object.keys(ledger[0]), ["uid", "clientId", "certificateId", "certificatePem"]);
		assert.is(ledger[0].certificatePem, pem);
		assert.is(ledger[0].clientId, Buffer.from(ledger[0].uid, "hex").toString("base64"));
	}));

test("a port that vanishes is opened again when it is back", () =>
	withCleanUp(async (folder, onEnd) => {
		const path = join(folder, "tty");
		const first = await SerialLine.open(path);
		const monitor = new Monitor(["--port", path]);
		onEnd(() => monitor.interrupt());
		await monitor.shows("Ctrl-C ends the monitor");
		first.send("before\r\nand half a li");
		await monitor.shows("before");
		await first.vanish();
		await monitor.shows("went away; waiting for it");
		const second = await SerialLine.open(path);
		onEnd(() => second.vanish());
		await monitor.shows("Ctrl-C ends the monitor", 2);
		second.send("after\r\n");
		await monitor.shows("after");
		assert.ok(monitor.output.includes("and half a li\n"), monitor.output);
	}));

test("a port that is not there ends the monitor with one sentence", async () => {
	const monitor = new Monitor(["--port", "/dev/ttyUSB99"]);
	assert.is(await monitor.status(), 1);
	assert.match(monitor.errors, /^There is no serial port \/dev\/ttyUSB99; [^\n]+\.\n$/);
});

test("a speed that is no number ends the monitor with the reason", async () => {
	const monitor = new Monitor(["--port", "/dev/ttyUSB99", "--baud", "fast"]);
	assert.is(await monitor.status(), 1);
	assert.match(monitor.errors, /whole number from 300 to 4000000/);
});

test.run();
