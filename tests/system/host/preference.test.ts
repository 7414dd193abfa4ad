// SPDX-License-Identifier: MIT
/** The stand-in of the SDK's `preference`, in XS: a program that ends and starts again finds what it kept. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runXs } from "../../../tools/build/xs-tests.js";
import { program } from "./program.js";

/** Runs statements over `Preference`, as a program of its own; returns what they printed. */
async function run(statements: string, config: object): Promise<string> {
	const { remove, ...built } = await program({
		"app/main": `import Preference from "preference";
		const show = value => trace(value instanceof ArrayBuffer ? "bytes " + new Uint8Array(value) : typeof value + " " + value, "\\n");
		const attempt = action => { try { action(); trace("done\\n"); } catch (error) { trace(error.message, "\\n"); } };
		${statements}`,
	});
	try {
		const { output } = await runXs(built, "app/main", { config, timeout: 10_000 });
		return output;
	} finally {
		remove();
	}
}

async function inFolder(body: (folder: string, file: string) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "preference-"));
	try {
		await body(folder, join(folder, "flash.json"));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

test("booleans, integers, strings and bytes outlive the program, each as what it was", () =>
	inFolder(async (folder, preferences) => {
		await run(
			`Preference.set("d", "b", false); Preference.set("d", "i", -2147483648); Preference.set("d", "s", "ä\\n\\u{1F600}"); Preference.set("d", "a", Uint8Array.of(0, 255, 1).buffer);`,
			{ preferences },
		);
		assert.is(
			await run(`for (const key of Preference.keys("d")) show(Preference.get("d", key));`, { preferences }),
			"boolean false\nnumber -2147483648\nstring ä\n\u{1F600}\nbytes 0,255,1\n",
		);
		assert.is(statSync(preferences).mode & 0o777, 0o600);
		assert.equal(readdirSync(folder), ["flash.json"], "nothing is left of the writing");
	}));

test("a value is of its domain and name, is replaced by the next and can be deleted", () =>
	inFolder(async (_, preferences) => {
		assert.is(
			await run(
				`Preference.set("d", "n", 1); Preference.set("d", "n", "two"); Preference.set("other", "n", 3); Preference.set("__proto__", "__proto__", 4);
		show(Preference.get("d", "n")); show(Preference.get("other", "n")); show(Preference.get("__proto__", "__proto__")); Preference.delete("d", "n");
		show(Preference.get("d", "n")); show(Preference.get("other", "n")); show(Preference.keys("d").length);`,
				{ preferences },
			),
			"string two\nnumber 3\nnumber 4\nundefined undefined\nnumber 3\nnumber 0\n",
		);
	}));

test("what the ESP32 does not take is refused, and nothing is written", () =>
	inFolder(async (_, preferences) => {
		const output = await run(
			`attempt(() => Preference.set("d", "sixteen letters!", 1)); attempt(() => Preference.set("", "n", 1)); attempt(() => Preference.set("d", "n", 1.5));
		attempt(() => Preference.set("d", "n", 2147483648)); attempt(() => Preference.set("d", "n", new ArrayBuffer(4001))); attempt(() => Preference.set("d", "n", "x".repeat(4000)));
		attempt(() => Preference.set("d", "n", {}));`,
			{ preferences },
		);
		assert.is(output.match(/^preference: /gm)?.length, 7, output);
		assert.not(existsSync(preferences));
	}));

for (const [what, damage] of [
	["cut", '[["d","n",1'],
	["no JSON", "\u{0}\u{FF}"],
	["of another shape", '{"d":{"n":1}}'],
	["empty", ""],
] as const)
	test(`a file that is ${what} counts as empty, is reported by its name, and is replaced by the next value`, () =>
		inFolder(async (_, preferences) => {
			writeFileSync(preferences, damage, "latin1");
			const output = await run(
				`show(Preference.get("d", "n")); Preference.set("d", "n", 2); show(Preference.get("d", "n"));`,
				{ preferences },
			);
			assert.match(output, new RegExp(`The preferences in ${preferences} cannot be used.*\nundefined undefined\n`));
			assert.ok(output.endsWith("number 2\n"), output);
			assert.equal(JSON.parse(readFileSync(preferences, "utf8")), [["d", "n", 2]]);
		}));

test("a file that cannot be written is an error with its name and the reason", () =>
	inFolder(async folder => {
		const preferences = join(folder, "none", "flash.json");
		assert.is(
			await run(`attempt(() => Preference.set("d", "n", 1));`, { preferences }),
			`The preferences cannot be written to ${preferences}: No such file or directory\n`,
		);
	}));

test("without a file nothing is kept", async () => {
	assert.is(
		await run(`Preference.set("d", "n", 1); show(Preference.get("d", "n")); show(Preference.keys("d").length);`, {}),
		"undefined undefined\nnumber 0\n",
	);
});

test.run();
