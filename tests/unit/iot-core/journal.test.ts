// SPDX-License-Identifier: MIT
import fs, { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
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

/** Lets so many bytes be written to files, and then the disk is full, while `run` runs. */
function withSpace(bytes: number, run: () => void): void {
	const { writeSync } = fs;
	let left = bytes;
	fs.writeSync = ((fd: number, data: Uint8Array, begin?: number | null) => {
		const offset = begin ?? 0;
		if (left === 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
		const part = data.subarray(offset, offset + left);
		left -= part.length;
		return writeSync(fd, part);
	}) as typeof fs.writeSync;
	syncBuiltinESMExports();
	try {
		run();
	} finally {
		fs.writeSync = writeSync;
		syncBuiltinESMExports();
	}
}

for (const space of [0, 1, 9, 10])
	test(`a disk that is full after ${space} bytes of an entry leaves the entries before it, and says so`, ({ file }) => {
		const journal = RegistryJournal.open(file, () => {});
		journal.append({ a: 1 });
		withSpace(space, () =>
			assert.throws(
				() => journal.append({ b: "long" }),
				/The change was not made, as .*a\.ndjson cannot be written \(ENOSPC: the disk is full: free some space\)\. The file ends with the last change that was made\./,
			),
		);
		assert.is(readFileSync(file, "utf8"), '{"a":1}\n');
		assert.is(journal.length, 1);
		journal.append({ c: 3 });
		journal.close();
		assert.equal(read(file), [{ a: 1 }, { c: 3 }]);
	});

test("what could not be cut off is cut off before the next entry", ({ file }) => {
	const journal = RegistryJournal.open(file, () => {});
	journal.append({ a: 1 });
	const { ftruncateSync } = fs;
	fs.ftruncateSync = () => {
		throw Object.assign(new Error("EIO"), { code: "EIO" });
	};
	withSpace(4, () => assert.throws(() => journal.append({ b: 2 }), /could not be cut off .*EIO.*tried again/));
	assert.is(readFileSync(file, "utf8"), '{"a":1}\n{"b"');
	fs.ftruncateSync = ftruncateSync;
	syncBuiltinESMExports();
	journal.append({ c: 3 });
	journal.close();
	assert.equal(read(file), [{ a: 1 }, { c: 3 }]);
});

test("a disk that is full while the file is rewritten leaves the file as it was, and nothing beside it", ({
	folder,
	file,
}) => {
	const journal = RegistryJournal.open(file, () => {});
	journal.append({ a: 1 });
	withSpace(5, () => assert.throws(() => journal.rewrite([{ kept: 1 }]), /ENOSPC/));
	journal.append({ b: 2 });
	journal.close();
	assert.equal(readdirSync(folder), ["a.ndjson"]);
	assert.equal(read(file), [{ a: 1 }, { b: 2 }]);
});

test("what is cut off when the file is opened is said", ({ file }) => {
	writeFileSync(file, '{"a":1}\n{"b":');
	const lines: string[] = [];
	RegistryJournal.open(
		file,
		() => {},
		line => lines.push(line),
	).close();
	assert.equal(lines, [
		`${file}: the last 5 bytes, an entry that was not written to its end, were cut off; 1 entries are left`,
	]);
});

test.run();
