// SPDX-License-Identifier: MIT
/** How a program inside XS starts, fails and ends. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { runXs, type XsOptions, type XsResult } from "../../../tools/build/xs-tests.js";
import { program } from "./program.js";

/** Runs one script, as module "app/main", with other modules beside it. */
async function run(source: string, others: Record<string, string> = {}, options: XsOptions = {}): Promise<XsResult> {
	const { remove, ...built } = await program({ "app/main": source, ...others });
	try {
		return await runXs(built, "app/main", { timeout: 10_000, ...options });
	} finally {
		remove();
	}
}

test("a program that has nothing to wait for ends with status 0", async () => {
	assert.equal(await run(`trace("a", 1, true, "\\n");`), { status: 0, signal: null, output: "a1true\n" });
});

test("an exception ends the program with status 1 and its stack", async () => {
	const { status, output } = await run(
		`function inner() { throw new RangeError("too far"); }\n\nfunction outer() {\n\tinner();\n}\nouter();`,
	);
	assert.is(status, 1);
	assert.match(
		output,
		/^Uncaught exception: RangeError: too far\n at inner \(.*app-main\.js:1\)\n at outer \(.*app-main\.js:4\)\n at \(.*app-main\.js:6\)/,
	);
});

test("an exception in a callback ends the program with status 1", async () => {
	const { status, output } = await run(`import Timer from "timer";\nTimer.set(() => { throw new Error("late"); }, 5);`);
	assert.is(status, 1);
	assert.match(output, /Uncaught exception: Error: late\n at .*app-main\.js:2/);
});

test("an unhandled rejection ends the program with status 1 and its stack", async () => {
	const { status, output } = await run(
		`import Timer from "timer";\nTimer.repeat(() => 0, 1000);\nPromise.reject(new TypeError("nobody listens"));`,
	);
	assert.is(status, 1);
	assert.match(output, /Unhandled rejection: TypeError: nobody listens\n at .*app-main\.js:3/);
});

test("what is thrown need not be an error", async () => {
	assert.match((await run(`throw "a string";`)).output, "Uncaught exception: a string");
	assert.match(
		(await run(`throw { toString() { throw 1; } };`)).output,
		"Uncaught exception: an object that has no string form",
	);
	assert.match((await run(`throw undefined;`)).output, "Uncaught exception: undefined");
});

test("stacks name the TypeScript file and line", async () => {
	const { status, output } = await runXs(await build(), "tests/xs/host/throws", {});
	assert.is(status, 1);
	assert.match(output, /at fail \(tests\/xs\/host\/throws\.ts:8\)\n at \(tests\/xs\/host\/throws\.ts:11\)/);
});

test("a syntax error has its position", async () => {
	const { status, output } = await run(`\n\nlet a = ;`);
	assert.is(status, 1);
	assert.match(output, /SyntaxError: .*app-main\.js:3: /);
});

test("an unknown module names who imports it", async () => {
	const { status, output } = await run(`import "./other.js";`, { "app/other": `import "missing";` });
	assert.is(status, 1);
	assert.match(output, `there is no module "missing" (imported by "app/other")`);
});

test("a main module that does not exist is named", async () => {
	const { modules, executable, remove } = await program({});
	const { status, output } = await runXs({ modules, executable }, "nothing");
	remove();
	assert.is(status, 1);
	assert.match(output, `there is no module "nothing"`);
});

test("an unknown module is named however deep it is imported", async () => {
	const { status, output } = await run(`import a from "./a.js"; import d from "./deep/d.js"; trace(a + d);`, {
		"app/a": `export default "a";`,
		c: `export default "c";`,
		"app/deep/d": `import c from "../../c.js"; export default "d";`,
	});
	assert.is(status, 1);
	assert.match(output, `"../../c.js" (imported by "app/deep/d")`);
});

test("a syntax error of an imported module has its position", async () => {
	const { status, output } = await run(`import d from "./d.js"; trace(d);`, { "app/d": `export default (;` });
	assert.is(status, 1);
	assert.match(output, /app-d\.js:1: /);
});

test("relative imports resolve by module name, with or without extension", async () => {
	const { output } = await run(
		`import a from "./a.js"; import c from "../c.js"; import d from "./deep/d.js"; trace(a + c + d);`,
		{
			"app/a": `export default "a";`,
			c: `export default "c";`,
			"app/deep/d": `import a from "../a"; export default a + "d";`,
		},
	);
	assert.is(output, "acad");
});

test("top-level await holds the importer up", async () => {
	const { output } = await run(`import { value } from "./slow.js"; trace(value);`, {
		"app/slow": `import Timer from "timer"; export const value = await new Promise(resolve => Timer.set(() => resolve("slow"), 10));`,
	});
	assert.is(output, "slow");
});

test("a top-level await that nothing can end is an error", async () => {
	const { status, output } = await run(`await new Promise(() => undefined);`);
	assert.is(status, 1);
	assert.match(output, "app/main never finished");
});

test("the configuration is the manifests', overlaid with the command line's", async () => {
	const { output } = await run(
		`import config from "mc/config"; trace(JSON.stringify(config));`,
		{},
		{ config: { nested: { b: 3, c: [4] }, more: "ä" } },
	);
	assert.equal(JSON.parse(output), { kept: 1, nested: { a: 1, b: 3, c: [4] }, more: "ä" });
});

test("a configuration that is not JSON is an error that says so", async () => {
	const { executable, modules, remove } = await program({
		"app/main": `import config from "mc/config"; trace(config);`,
	});
	const { status, stderr } = spawnSync(executable, [modules, "app/main", "{a"], { encoding: "utf8" });
	remove();
	assert.is(status, 1);
	assert.match(stderr, "The configuration on the command line is not JSON");
});

test("a configuration may come from a file or a pipe, longer than a command line may be", async () => {
	const { executable, modules, folder, remove } = await program({
		"app/main": `import config from "mc/config"; trace(config.long.length);`,
	});
	const file = join(folder, "config.json");
	const long = "x".repeat(300_000);
	writeFileSync(file, JSON.stringify({ long }));
	const fromFile = spawnSync(executable, [modules, "app/main", `@${file}`], { encoding: "utf8" });
	const fromPipe = spawnSync(executable, [modules, "app/main", "@0"], {
		encoding: "utf8",
		input: JSON.stringify({ long }),
	});
	const missing = spawnSync(executable, [modules, "app/main", "@/no/such/file"], { encoding: "utf8" });
	remove();
	assert.equal([fromFile.stdout, fromPipe.stdout], ["300000", "300000"], fromFile.stderr + fromPipe.stderr);
	assert.is(missing.status, 2);
	assert.match(missing.stderr, "The configuration in /no/such/file cannot be read: No such file or directory.");
});

test("wrong usage has status 2", async () => {
	const { executable } = await build();
	const without = spawnSync(executable, [], { encoding: "utf8" });
	assert.is(without.status, 2);
	assert.match(without.stderr, "usage:");
	const missing = spawnSync(executable, ["nothing.json", "main"], { encoding: "utf8" });
	assert.is(missing.status, 2);
	assert.match(missing.stderr, "Cannot read nothing.json");
});

test("endless recursion ends with a sentence", async () => {
	const { status, output } = await run(`function again() { return 1 + again(); }\nagain();`);
	assert.is(status, 1);
	assert.match(output, "XS stack overflow");
});

for (const [signal, status] of [
	["SIGINT", 130],
	["SIGTERM", 143],
] as const)
	test(`${signal} ends the program at once with status ${status}`, async () => {
		const { executable, modules, remove } = await program({
			"app/main": `import Timer from "timer"; Timer.repeat(() => undefined, 1000); trace("ready");`,
		});
		const child = spawn(executable, [modules, "app/main"]);
		await once(child.stdout, "data");
		child.kill(signal);
		const [code] = (await once(child, "exit")) as [number];
		remove();
		assert.is(code, status);
	});

test("a closed standard output ends the program quietly", async () => {
	const { executable, modules, remove } = await program({
		"app/main": `import Timer from "timer"; Timer.repeat(() => trace("line\\n"), 1);`,
	});
	const child = spawn(executable, [modules, "app/main"]);
	let said = "";
	child.stderr.on("data", data => {
		said += data;
	});
	await once(child.stdout, "data");
	child.stdout.destroy();
	const [code] = (await once(child, "exit")) as [number];
	remove();
	assert.is(code, 0);
	assert.is(said, "");
});

test("trace writes each text at once", async () => {
	const { executable, modules, remove } = await program({
		"app/main": `import Timer from "timer"; trace("now\\n"); Timer.set(() => undefined, 10_000);`,
	});
	const child = spawn(executable, [modules, "app/main"]);
	const [data] = (await once(child.stdout, "data")) as [Buffer];
	child.kill();
	await once(child, "exit");
	remove();
	assert.is(String(data), "now\n");
});

test.run();
