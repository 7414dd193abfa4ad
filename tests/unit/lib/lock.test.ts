// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { takeLock, withLock } from "../../../tools/lib/lock.mjs";
import { root } from "../../../tools/lib/root.js";

const test = suite<{ path: string; folder: string }>("lock files");

test.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "lock-"));
	context.path = join(context.folder, "lock");
});

test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const refusals = {
	held: (holder: number) => new Error(`held by ${holder}`),
	failed: (cause: Error) => new Error(`failed: ${cause.message}`),
};

const program = join(root, "tests", "unit", "lib", "lock-program.mjs");

/** A process that does with a lock what `how` says, and what it has written so far. */
function start(
	how: "hold" | "count",
	...args: string[]
): { child: ChildProcess; first: Promise<string>; ended: Promise<number | null> } {
	const child = spawn(process.execPath, [program, how, ...args], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const ended = new Promise<number | null>(resolve => child.on("close", resolve));
	const first = new Promise<string>((resolve, reject) => {
		child.stdout.once("data", data => resolve(String(data).trim()));
		child.on("close", () => reject(new Error("it ended without a word")));
	});
	first.catch(() => undefined);
	return { child, first, ended };
}

/** A line as it stands in a lock file. */
const claim = (id: number, startedAt: string) => `\n${id} ${startedAt} 00000000-0000-0000-0000-000000000000\n`;

test("a lock is a file for its owner's eyes only, until it is released", ({ path }) => {
	const release = takeLock(path, refusals);
	assert.is(statSync(path).mode & 0o777, 0o600);
	release();
	assert.not(existsSync(path));
});

test("a lock that is held is refused with the process that holds it, in this process too", ({ path }) => {
	const release = takeLock(path, refusals);
	assert.throws(() => takeLock(path, refusals), `held by ${process.pid}`);
	release();
	takeLock(path, refusals)();
});

test("a lock that another process holds is free as soon as that one is killed", async ({ path }) => {
	const other = start("hold", path);
	assert.is(await other.first, "held");
	assert.throws(() => takeLock(path, refusals), `held by ${other.child.pid}`);
	other.child.kill("SIGKILL");
	await other.ended;
	takeLock(path, refusals)();
	assert.not(existsSync(path));
});

test("a process that was killed and that nobody has waited for yet holds nothing", async ({ path }) => {
	const script = `${process.execPath} -e 0 & echo $!; exec sleep 60`; // sleep waits for no child
	const parent = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
	const id = await new Promise<number>(resolve => parent.stdout.once("data", data => resolve(Number(data))));
	const stat = () =>
		readFileSync(`/proc/${id}/stat`, "latin1")
			.replace(/^.*\) /s, "")
			.split(" ");
	while (stat()[0] !== "Z") await sleep(10);
	writeFileSync(path, claim(id, stat()[19] ?? ""));
	takeLock(path, refusals)();
	parent.kill();
});

test("a process that got the id of the one that was killed holds nothing", ({ path }) => {
	writeFileSync(path, claim(process.pid, "1"));
	takeLock(path, refusals)();
});

for (const [what, text] of [
	["that is empty", ""],
	["that was cut off", claim(process.pid, "1").slice(0, 12)],
	["without a line's end", "nobody"],
	["of a process that has ended", claim(spawnSync(process.execPath, ["-e", "0"]).pid, "1")],
] as const)
	test(`a lock file ${what} holds nothing`, ({ path }) => {
		writeFileSync(path, text);
		const release = takeLock(path, refusals);
		assert.throws(() => takeLock(path, refusals), `held by ${process.pid}`);
		release();
		assert.not(existsSync(path));
	});

test("a lock file that cannot be written is reported", ({ folder }) => {
	assert.throws(() => takeLock(join(folder, "missing", "lock"), refusals), /failed: ENOENT/);
	assert.throws(() => takeLock(folder, refusals), /failed: EISDIR/);
});

test("who waits comes when the other is done", async ({ path, folder }) => {
	const events: string[] = [];
	const work = (name: string) =>
		withLock(path, async () => {
			events.push(`${name} begins`);
			await sleep(20);
			events.push(`${name} ends`);
		});
	await Promise.all([work("a"), work("b"), work("c")]);
	assert.equal(
		events.map(event => event.split(" ")[1]),
		["begins", "ends", "begins", "ends", "begins", "ends"],
	);
	assert.not(existsSync(path));
	await withLock(join(folder, "new", "lock"), () => undefined);
});

test("a lock is released when the work fails", async ({ path }) => {
	const outcome = await withLock(path, () => {
		throw new Error("failed");
	}).catch((error: Error) => error.message);
	assert.is(outcome, "failed");
	assert.not(existsSync(path));
});

test("four processes that count with a lock lose no count, though others are killed while they have it", async ({
	path,
	folder,
}) => {
	const counter = join(folder, "counter"),
		rounds = 50;
	writeFileSync(counter, "0");
	const counting = Array.from({ length: 4 }, () => start("count", path, counter, String(rounds)));
	let kills = 0;
	const killing = (async () => {
		for (; kills < 3; kills++) {
			const holder = start("hold", path);
			await holder.first;
			holder.child.kill("SIGKILL");
			await holder.ended;
		}
	})();
	assert.equal(await Promise.all(counting.map(({ ended }) => ended)), [0, 0, 0, 0]);
	await killing;
	assert.is(readFileSync(counter, "utf8"), String(4 * rounds));
	assert.is(kills, 3);
});

test.run();
