// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../tools/lib/compile-c.js";

/** Compiles the MAC with what a manifest's "defines" and the options of ESP-IDF are. */
function compileMac(name: string, defines: readonly string[]): Promise<string> {
	return compile({
		name: `esp32-mac-${name}`,
		sources: ["tests/native/esp32/mac.c", "esp32/ethernet/native/mac.c"],
		includes: ["tests/native/esp32/idf"],
		flags: defines.map(text => `-D${text}`),
	});
}

/** What the compiler says of defines that it refuses. */
function compilerError(name: string, defines: readonly string[]): Promise<string> {
	return compileMac(name, defines).then(
		program => `${program} was compiled`,
		(error: Error) => error.message,
	);
}

function run(program: string): string[] {
	const { stdout, stderr, status } = spawnSync(program, { encoding: "utf8", timeout: 10_000 });
	assert.is(status, 0, stderr);
	return stdout.trimEnd().split("\n");
}

test("without more, it is the MAC and the clock that the SDK's class asks for", async () => {
	assert.equal(run(await compileMac("plain", [])), [
		"esp32: MDC 23, MDIO 18, clock in at 0, stack 4096",
		"up",
		"down",
		"up",
	]);
});

test("a board's manifest lets the ESP32 put the clock out", async () => {
	const [first] = run(await compileMac("clock", ["MODDEF_ETHERNET_CLOCK_OUTPUT=(17)"]));
	assert.is(first, "esp32: MDC 23, MDIO 18, clock out at 17, stack 4096");
});

test("a GPIO that cannot put it out does not compile", async () => {
	assert.match(await compilerError("no-clock", ["MODDEF_ETHERNET_CLOCK_OUTPUT=(4)"]), /GPIO 0, 16 or 17/);
});

test("the emulator's MAC stays on when the link is lost", async () => {
	const defines = ["MODDEF_ETHERNET_MAC_OPENCORES=(1)", "CONFIG_ETH_USE_OPENETH=1"];
	assert.equal(run(await compileMac("emulator", defines)), ["opencores: stack 4096", "up", "up"]);
});

test("the emulator's MAC needs its driver", async () => {
	assert.match(await compilerError("no-driver", ["MODDEF_ETHERNET_MAC_OPENCORES=(1)"]), /CONFIG_ETH_USE_OPENETH=y/);
});

test.run();
