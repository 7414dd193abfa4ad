// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { shellWord } from "../../../tools/lib/shell-word.js";

test("a shell reads each word back as it was", () => {
	const words = [
		"endpoint=a1-ats.iot.eu-west-1.amazonaws.com",
		"ssid=My Network",
		'password=it\'s $HOME `id` \\ "x" !1',
		"topic=dev/{clientId}/{a,b}/echo",
		"trustedRoots=MII+/=,AB==",
		"",
		"~",
		"*",
		"ssid=Zürich\tÄ",
		"a;b&c|d>e#f",
		"two\nlines",
	];
	const { stdout, status } = spawnSync("sh", ["-c", `printf '%s\\0' ${words.map(shellWord).join(" ")}`], {
		cwd: "/",
		encoding: "utf8",
	});
	assert.is(status, 0);
	assert.equal(stdout.split("\0").slice(0, -1), words);
});

test("what needs no quotes has none", () => {
	for (const word of ["bus=uart:tx=17,rx=16,baud=921600", "address=192.0.2.10", "/dev/ttyUSB0", "esp32/uart.json"])
		assert.is(shellWord(word), word);
});

test.run();
