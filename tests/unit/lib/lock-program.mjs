// SPDX-License-Identifier: MIT
// A process for the tests of lock files: `hold PATH` keeps a lock until it is killed, `count PATH FILE TIMES` adds to a number.
// Plain JavaScript, so that Node starts it without a bundle.
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../../tools/lib/lock.mjs";

const [how, path = "", file = "", times] = process.argv.slice(2);

if (how === "hold")
	await withLock(path, async () => {
		console.log("held");
		await sleep(60_000);
	});

for (let round = 0; round < Number(times ?? 0); round++)
	await withLock(path, async () => {
		const count = Number(readFileSync(file, "utf8"));
		await sleep(1);
		writeFileSync(file, String(count + 1));
	});
