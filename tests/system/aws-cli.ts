// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as assert from "uvu/assert";
import { root } from "../../tools/lib/root.js";
import type { Fixture, Run } from "./iot-core/fixture.js";

/** Debian's own, which has the CLI as a module; not what a PATH may have before it. */
const python = "/usr/bin/python3";

/** The process that runs the commands (aws_cli.py). It keeps this one running only while there are commands. */
class CommandRunner {
	readonly #process: ChildProcess;
	readonly #folder = mkdtempSync(join(tmpdir(), "aws-cli-"));
	/** Commands that have not ended, by the beginning of their files' names. */
	readonly #running = new Map<string, { resolve(run: Run): void; reject(error: Error): void }>();
	#commands = 0;
	/** Why no command can be run. */
	#failure: Error | undefined;

	constructor() {
		const env = { PATH: process.env.PATH, LC_ALL: "C.UTF-8" };
		const script = join(root, "tests", "system", "aws_cli.py");
		this.#process = spawn(python, [script], { env, stdio: ["pipe", "pipe", "inherit"] });
		const { stdin, stdout } = this.#process;
		if (!stdin || !stdout) throw new Error("pipes were asked for");
		stdin.on("error", () => undefined); // the end of the process says why
		createInterface(stdout).on("line", line => this.#take(line));
		this.#process.on("error", error => this.#fail(`${python} could not be run (${error.message})`));
		this.#process.on("exit", status => this.#fail(`aws_cli.py ended with status ${status}`));
		process.once("beforeExit", () => {
			stdin.end();
			this.#process.ref(); // what the commands cost is known when it has ended
		});
		process.once("exit", () => rmSync(this.#folder, { recursive: true }));
	}

	#hold(): void {
		const { stdin, stdout } = this.#process;
		const handles = [this.#process, stdin as Socket | null, stdout as Socket | null];
		for (const handle of handles) this.#running.size > 0 ? handle?.ref() : handle?.unref();
	}

	run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> {
		if (this.#failure) return Promise.reject(this.#failure);
		const output = join(this.#folder, String(++this.#commands));
		return new Promise((resolve, reject) => {
			this.#running.set(output, { resolve, reject });
			this.#hold();
			this.#process.stdin?.write(`${JSON.stringify({ args, env, output })}\n`);
		});
	}

	#take(line: string): void {
		const [output = "", status] = line.split(" ");
		const [stdout = "", stderr = ""] = ["stdout", "stderr"].map(name => readFileSync(`${output}.${name}`, "utf8"));
		this.#running.get(output)?.resolve({ status: Number(status), stdout, stderr });
		this.#running.delete(output);
		this.#hold();
	}

	#fail(why: string): void {
		this.#failure = new Error(`${why}: install awscli from Debian`);
		for (const { reject } of this.#running.values()) reject(this.#failure);
		this.#running.clear();
	}
}

let runner: CommandRunner | undefined;

/** `aws iot …` at a local AWS IoT Core, with the environment that the documentation tells; it repeats nothing by itself. */
export function aws(
	{ core, folder }: Pick<Fixture, "core" | "folder">,
	args: readonly string[],
	env: Record<string, string> = {},
	service: "iot" | "iot-data" = "iot",
): Promise<Run> {
	runner ??= new CommandRunner();
	return runner.run([service, ...args, "--endpoint-url", core.controlUrl], {
		PATH: process.env.PATH ?? "",
		AWS_ACCESS_KEY_ID: "any",
		AWS_SECRET_ACCESS_KEY: "any",
		AWS_DEFAULT_REGION: core.region,
		AWS_PAGER: "",
		AWS_MAX_ATTEMPTS: "1",
		AWS_EC2_METADATA_DISABLED: "true",
		HOME: folder,
		LC_ALL: "C.UTF-8",
		...env,
	});
}

/** The answer of a command that succeeds; null when it prints none. */
export async function answer<Shape = Record<string, unknown>>(fixture: Fixture, ...args: string[]): Promise<Shape> {
	const { status, stdout, stderr } = await aws(fixture, args);
	assert.is(status, 0, stderr);
	return JSON.parse(stdout === "" ? "null" : stdout) as Shape;
}

/** What a command says that fails. */
export async function refusal(fixture: Fixture, ...args: string[]): Promise<string> {
	const { status, stderr } = await aws(fixture, args);
	assert.is.not(status, 0);
	return stderr.trim();
}
