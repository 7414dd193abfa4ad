// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DigestTable } from "../../../tools/provision/digest-table.js";
import { temporaryFolder } from "./harness.js";

const digest = (index: number) => createHash("sha256").update(String(index)).digest("hex");

test("what was set is got, through every growth, and nothing else is", () => {
	const table = new DigestTable(temporaryFolder());
	const count = 20_000;
	for (let index = 0; index < count; index++) table.set(digest(index), (index % 255) + 1);
	assert.is(table.size, count);
	for (let index = 0; index < count; index++) assert.is(table.get(digest(index)), (index % 255) + 1);
	for (let index = count; index < count + 1_000; index++) assert.is(table.get(digest(index)), 0);
	table.close();
});

test("a number is replaced, and counts once", () => {
	const table = new DigestTable(temporaryFolder());
	table.set(digest(1), 1);
	table.set(digest(1), 2);
	assert.is(table.get(digest(1)), 2);
	assert.is(table.size, 1);
	table.close();
});

test("digests that all belong to one place are kept apart, the last bucket's too", () => {
	const table = new DigestTable(temporaryFolder());
	const keys = Array.from({ length: 100 }, (_, index) => `ffffffff${index.toString(16).padStart(56, "0")}`);
	for (const [index, key] of keys.entries()) table.set(key, index + 1);
	assert.equal(
		keys.map(key => table.get(key)),
		keys.map((_, index) => index + 1),
	);
	table.close();
});

test("the file has no name while it is in use", () => {
	const folder = temporaryFolder();
	const table = new DigestTable(folder);
	table.set(digest(1), 1);
	assert.equal(readdirSync(folder), []);
	table.close();
});

test.run();
