// SPDX-License-Identifier: MIT
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runCommand } from "../../../tools/build/command.js";
import { checkIntegrity, integrity } from "../../../tools/build/engine.js";
import { enginePackage } from "../../../tools/build/engine-package.js";
import { changed, modified, writeIfChanged } from "../../../tools/build/files.js";
import { removeOutdated } from "../../../tools/build/objects.js";
import { root } from "../../../tools/lib/root.js";

const folder = mkdtempSync(join(tmpdir(), "build-"));
test.after(() => rmSync(folder, { recursive: true }));

async function rejects(promise: Promise<unknown>, words: RegExp): Promise<void> {
	const message = await promise.then(
		() => "it did not fail",
		(error: Error) => error.message,
	);
	assert.match(message, words);
}

function node(script: string): Promise<string> {
	return runCommand({ what: "Trying", log: "unit-test", program: process.execPath, args: ["-e", script] });
}

test("a command's output comes back", async () => {
	assert.is(await node("console.log(1 + 1)"), "2\n");
});

test("a command that fails is reported with its first error and its log", async () => {
	await rejects(
		node("console.error('a\\nx: error: b\\ny: error: c'); process.exit(3)"),
		/^Trying failed \(status 3\): x: error: b; the whole output is in build\/logs\/unit-test\.log\.$/,
	);
	assert.match(readFileSync(join(root, "build/logs/unit-test.log"), "utf8"), "y: error: c");
});

test("a command that cannot start is reported", async () => {
	await rejects(
		runCommand({ what: "Trying", log: "unit-test", program: "/nonexistent", args: [] }),
		/could not be started/,
	);
});

test("integrity is the one of Subresource Integrity", () => {
	/* FIPS 180-4 example: SHA-512 of "abc" */
	const digest =
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
	assert.is(integrity(Buffer.from("abc")), `sha512-${Buffer.from(digest, "hex").toString("base64")}`);
});

test("bytes that are not the pinned package are refused", () => {
	assert.throws(
		() => checkIntegrity(Buffer.from("other")),
		(error: Error) => error.message.includes(enginePackage.specifier) && error.message.includes("was not used"),
	);
	checkIntegrity(Buffer.from("abc"), integrity(Buffer.from("abc")));
});

test("a file with the same text is not written again", async () => {
	const path = join(folder, "a", "text");
	writeIfChanged(path, "one");
	const before = modified(path);
	await sleep(20);
	writeIfChanged(path, "one");
	assert.is(modified(path), before);
	writeIfChanged(path, "two");
	assert.is(readFileSync(path, "utf8"), "two");
});

test("a file that came with an old modification time counts as changed now", () => {
	const path = join(folder, "old");
	writeIfChanged(path, "text");
	utimesSync(path, 1_000_000_000, 1_000_000_000);
	assert.is(modified(path), 1_000_000_000_000);
	assert.ok(changed(path) > 1_700_000_000_000);
	assert.is(changed(join(folder, "missing")), -Infinity);
});

test("an object is removed when one of its sources came since, with whatever modification time", async () => {
	const objects = join(folder, "objects", "host");
	for (const [file, text] of [
		["objects/host/a.d", "objects/host/a.o: a.c \\\n a.h\na.h:\n"],
		["objects/host/b.d", "objects/host/b.o: b.c gone.h\ngone.h:\n"],
		...["a.c", "a.h", "b.c", "new.h", "objects/host/a.o", "objects/host/b.o"].map(name => [name, ""]),
	] as [string, string][])
		writeIfChanged(join(folder, file), text || "text");
	const left = () => readdirSync(objects).filter(name => name.endsWith(".o"));
	removeOutdated(join(folder, "objects"), folder);
	assert.equal(left(), ["a.o", "b.o"]);
	await sleep(20);
	utimesSync(join(folder, "new.h"), 1_000_000_000, 1_000_000_000);
	renameSync(join(folder, "new.h"), join(folder, "a.h"));
	removeOutdated(join(folder, "objects"), folder);
	assert.equal(left(), ["b.o"]);
});

test.run();
