// SPDX-License-Identifier: MIT
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { RegistryJournal } from "../../../tools/iot-core/registry/registry-journal.js";

const test = suite<{ folder: string; file: string }>("journal");

test.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "journal-"));
	context.file = join(context.folder, "a.ndjson");
});

test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

function read(file: string): unknown[] {
	const entries: unknown[] = [];
	RegistryJournal.open(file, entry => entries.push(entry)).close();
	return entries;
}

test("entries come back in the order of writing", ({ file }) => {
	const journal = RegistryJournal.open(file, () => {});
	journal.append({ a: 1 });
	journal.append({ b: "two\nlines" });
	journal.close();
	assert.equal(read(file), [{ a: 1 }, { b: "two\nlines" }]);
});

test("an entry is in the file when append returns", ({ file }) => {
	const journal = RegistryJournal.open(file, () => {});
	journal.append({ a: 1 });
	assert.is(readFileSync(file, "utf8"), '{"a":1}\n');
	journal.close();
});

test("only its owner may read the file", ({ file }) => {
	RegistryJournal.open(file, () => {}).close();
	assert.is(statSync(file).mode & 0o777, 0o600);
});

test("a last line without an end is cut off, and the next entry begins a line", ({ file }) => {
	writeFileSync(file, '{"a":1}\n{"b":');
	const journal = RegistryJournal.open(file, () => {});
	journal.append({ c: 3 });
	journal.close();
	assert.equal(read(file), [{ a: 1 }, { c: 3 }]);
});

test("a whole line that is not JSON is an error with its number", ({ file }) => {
	writeFileSync(file, '{"a":1}\nrubbish\n{"b":2}\n');
	assert.throws(() => read(file), /a\.ndjson, line 2, is not an entry/);
});

test("lines longer than a block of reading are whole", ({ file }) => {
	const long = "x".repeat(3_000_000);
	appendFileSync(file, `${JSON.stringify({ long })}\n{"b":2}\n`);
	assert.equal(read(file), [{ long }, { b: 2 }]);
});

test("a character that a block of reading splits is whole", ({ file }) => {
	const value = "€".repeat(700_000);
	appendFileSync(file, `${JSON.stringify({ value })}\n`);
	assert.equal(read(file), [{ value }]);
});

test("rewriting leaves the new entries, and appending goes on behind them", ({ file }) => {
	const journal = RegistryJournal.open(file, () => {});
	journal.append({ old: 1 });
	journal.rewrite([{ kept: 1 }, { kept: 2 }]);
	journal.append({ later: 3 });
	assert.is(journal.length, 3);
	journal.close();
	assert.equal(read(file), [{ kept: 1 }, { kept: 2 }, { later: 3 }]);
});

test.run();
