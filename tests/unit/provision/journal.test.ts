// SPDX-License-Identifier: MIT
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { deviceNames } from "../../../tools/provision/identity.js";
import { ProvisionJournal } from "../../../tools/provision/journal.js";
import { chipUid } from "./chips.js";
import { temporaryFolder } from "./harness.js";

const endpoint = "a1-ats.iot.eu-west-1.amazonaws.com";
const id = (index: number) => index.toString(16).padStart(64, "0");
const device = deviceNames(chipUid(1), "base64url");

async function errorOf(folder: string): Promise<string> {
	try {
		await (await ProvisionJournal.open(folder, endpoint)).close();
	} catch (error) {
		return (error as Error).message;
	}
	return "";
}

async function written(): Promise<{ folder: string; path: string }> {
	const folder = temporaryFolder();
	const journal = await ProvisionJournal.open(folder, endpoint);
	await journal.begun(id(1), device);
	await journal.begun(id(2), device);
	await journal.done(id(2));
	await journal.removed(id(3));
	await journal.close();
	return { folder, path: join(folder, `${endpoint}.journal`) };
}

test("states survive closing and opening", async () => {
	const { folder } = await written();
	const journal = await ProvisionJournal.open(folder, endpoint);
	assert.equal(
		[0, 1, 2, 3].map(index => journal.state(id(index))),
		["none", "begun", "done", "removed"],
	);
	await journal.close();
});

test("a beginning is in the file when it resolves", async () => {
	const folder = temporaryFolder();
	const journal = await ProvisionJournal.open(folder, endpoint);
	await Promise.all(
		Array.from({ length: 100 }, async (_, index) => {
			await journal.begun(id(index), device);
			assert.match(readFileSync(join(folder, `${endpoint}.journal`), "utf8"), id(index));
		}),
	);
	await journal.close();
});

test("cut off at any byte, a journal has all that was whole", async () => {
	const { folder, path } = await written();
	const { size } = statSync(path);
	const bytes = readFileSync(path);
	for (let length = size; length >= 0; length--) {
		truncateSync(path, length);
		const journal = await ProvisionJournal.open(folder, endpoint);
		const lines = bytes.subarray(0, length).toString().split("\n").slice(0, -1);
		for (const index of [1, 2, 3]) {
			const last = lines.filter(line => line.includes(id(index))).at(-1);
			assert.is(journal.state(id(index)), last ? JSON.parse(last).entry : "none", `${length} bytes`);
		}
		await journal.begun(id(9), device);
		await journal.close();
		const again = await ProvisionJournal.open(folder, endpoint);
		assert.is(again.state(id(9)), "begun", `${length} bytes`);
		await again.close();
		writeFileSync(path, bytes);
	}
});

test("a line that is no entry is named with file and line, and nothing is written", async () => {
	for (const line of ["nonsense", "{}", "null", '{"entry":"done"}', '{"entry":"done","certificateId":"ab"}']) {
		const { folder, path } = await written();
		appendFileSync(path, `${line}\n`);
		const before = readFileSync(path);
		assert.match(await errorOf(folder), `${path}:6 is not an entry`);
		assert.equal(readFileSync(path), before);
	}
});

test("a journal of another account is refused", async () => {
	const { folder, path } = await written();
	writeFileSync(path, readFileSync(path, "utf8").replace(endpoint, "b2-ats.iot.eu-west-1.amazonaws.com"));
	assert.match(await errorOf(folder), "not an entry of a journal of a1-ats");
});

test("two processes do not share a journal", async () => {
	const folder = temporaryFolder();
	const first = await ProvisionJournal.open(folder, endpoint);
	assert.match(await errorOf(folder), `Process ${process.pid} is provisioning this account already`);
	await first.close();
	assert.is(await errorOf(folder), "");
});

test("the lock of a process that was killed is taken over, and released at the end", async () => {
	const folder = temporaryFolder();
	const lock = join(folder, `${endpoint}.lock`);
	for (const left of ["4194304999\n", ""]) {
		writeFileSync(lock, left);
		assert.is(await errorOf(folder), "");
		assert.not(existsSync(lock));
	}
});

test("the journal is for its owner's eyes only", async () => {
	assert.is(statSync((await written()).path).mode & 0o777, 0o600);
});

test.run();
