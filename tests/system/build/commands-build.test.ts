// SPDX-License-Identifier: MIT
/** What the commands say when the build cannot be made: in a copy of the project, with programs on the PATH that fail. */
import {
	chmodSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { root } from "../../../tools/lib/root.js";
import { withCleanUp } from "../app/picture.js";
import { runTool } from "../command-line.js";

await build();

/** What a build makes, and what is not the project's. */
const left = ["build", "state", "node_modules", ".git"];
/** Of build/, what the tests are not about: a test takes it from the one before. */
const kept = ["bundles", "firmware"];

/** The project without anything that is made. */
const project = mkdtempSync(join(tmpdir(), "project-"));
cpSync(root, project, { recursive: true, filter: path => !left.some(name => path === join(root, name)) });
test.after(() => rmSync(project, { recursive: true }));

function names(folder: string): string[] {
	return existsSync(folder) ? readdirSync(folder) : [];
}

/** Removes what a test has made in the copy. */
function clear(): void {
	const built = names(join(project, "build")).filter(name => !kept.includes(name));
	const made = [...left.filter(name => name !== "build"), ...built.map(name => join("build", name))];
	for (const path of made) rmSync(join(project, path), { recursive: true, force: true });
}

interface Copy {
	/** An empty folder outside of the copy. */
	folder: string;
	/** Puts a shell script in front of a program of the PATH. */
	fake(program: string, script: string): void;
	/** Takes what the real project has into the copy. */
	take(path: string): void;
	/** Runs a command of the copy, which must fail with one sentence; the lines before it tell what it does. */
	fails(tool: string, words: RegExp, env?: Readonly<Record<string, string>>): Promise<string[]>;
}

function copied(body: (copy: Copy) => Promise<void>): () => Promise<void> {
	return () =>
		withCleanUp(async (folder, onEnd) => {
			onEnd(clear);
			const programs = join(folder, "programs");
			mkdirSync(programs);
			const searchPath = `${programs}${delimiter}${process.env.PATH}`;
			const fake = (program: string, script: string) => {
				writeFileSync(join(programs, program), `#!/bin/sh\n${script}\n`);
				chmodSync(join(programs, program), 0o755);
			};
			fake("npm", "echo 'npm must not run here' >&2; exit 1"); // it would install through the link to the real packages
			await body({
				folder,
				fake,
				take(path) {
					mkdirSync(join(project, path, ".."), { recursive: true });
					symlinkSync(join(root, path), join(project, path));
				},
				async fails(tool, words, env = {}) {
					const ended = await runTool(tool, [], { project, env: { PATH: searchPath, ...env } });
					assert.is(ended.status, 1, `${ended.stdout}${ended.stderr}`);
					const lines = ended.stderr.trim().split("\n");
					assert.match(lines.at(-1) ?? "", words);
					assert.not.match(ended.stderr, /^ +at |node:internal|Error:/m);
					assert.equal(ended.left, []);
					assert.not(existsSync(join(project, "build", "lock")), "the build's lock is given back");
					return lines.slice(0, -1);
				},
			});
		});
}

test("a record of the build that was cut off is as none", async () => {
	const record = join(root, "build", "host", "release", "built.json");
	const before = readFileSync(record, "utf8");
	writeFileSync(record, before.slice(0, 20));
	await build();
	assert.is(readFileSync(record, "utf8"), before);
});

test(
	"npm that fails is reported with its status and what to check",
	copied(async ({ fake, fails }) => {
		fake("npm", "exit 7");
		assert.equal(
			await fails(
				"start",
				/npm ci failed \(status 7\): check that npm can reach its registry, then run the command again/,
			),
			["Installing npm packages …"],
		);
		assert.not(existsSync(join(project, "node_modules")));
	}),
);

test(
	"an engine that npm cannot fetch is reported with npm's last words",
	copied(async ({ fake, take, fails }) => {
		take("node_modules");
		fake("npm", "echo 'npm error code ENOTFOUND' >&2; echo 'npm error network getaddrinfo' >&2; exit 1");
		await fails(
			"build",
			/npm could not fetch @agoric\/xsnap@.*\(npm error network getaddrinfo\): check that npm can reach its registry/,
		);
		assert.equal(readdirSync(join(project, "build", "xs")), []);
	}),
);

test(
	"an engine with another integrity is not used",
	copied(async ({ fake, take, fails }) => {
		take("node_modules");
		fake(
			"npm",
			'for folder; do :; done; echo tampered > "$folder/agoric-xsnap-0.15.0.tgz"; echo \'[{"filename": "agoric-xsnap-0.15.0.tgz"}]\'',
		);
		await fails("start", /integrity sha512-\S+ instead of sha512-\S+: .*changed the package, and it was not used/);
		assert.equal(readdirSync(join(project, "build", "xs")), []);
	}),
);

test(
	"an engine that was unpacked from another package than the pinned one is fetched again",
	copied(async ({ fake, take, fails }) => {
		take("node_modules");
		const unpacked = join(project, "build", "xs", "package");
		mkdirSync(join(unpacked, "moddable", "xs", "sources"), { recursive: true });
		writeFileSync(join(unpacked, "moddable", "xs", "sources", "xsAll.h"), "");
		writeFileSync(join(unpacked, "integrity"), "sha512-other");
		fake("npm", "exit 1");
		await fails("build", /npm could not fetch @agoric\/xsnap/);
	}),
);

for (const [program, script, words] of [
	[
		"cc",
		"echo 'main.c:1:1: error: unknown type name xsMachine' >&2; exit 1",
		/Building the release executable failed \(status 2\): main\.c:1:1: error: unknown type name.*build\/logs\/make-release\.log/,
	],
	[
		"make",
		"exit 127",
		/Building the release executable failed \(status 127\): it printed nothing.*build\/logs\/make-release\.log/,
	],
] as const)
	for (const tool of ["build", "start"])
		test(
			`npm run ${tool} tells that ${program} fails, with the first error and the log`,
			copied(async ({ fake, take, fails }) => {
				take("node_modules");
				take("build/xs");
				fake(program, script);
				await fails(tool, words);
				assert.ok(existsSync(join(project, "build", "logs", "make-release.log")));
			}),
		);

test(
	"a type error is reported with file and line",
	copied(async ({ take, fails }) => {
		take("node_modules");
		take("build/xs");
		const source = join(project, "modules", "iot", "backoff.ts"),
			right = readFileSync(source);
		writeFileSync(source, "export const wrong: string = 1;\n");
		try {
			await fails("build", /Compiling the TypeScript failed \(status \d\): .*error TS\d+: .*build\/logs\/tsc\.log/);
		} finally {
			writeFileSync(source, right);
		}
	}),
);

/** A PATH with everything that this machine has but some programs. */
function pathWithout(folder: string, missing: readonly string[]): string {
	const programs = join(folder, "all");
	mkdirSync(programs);
	for (const from of (process.env.PATH ?? "").split(delimiter).filter(existsSync))
		for (const name of readdirSync(from))
			if (!missing.includes(name) && !existsSync(join(programs, name)))
				symlinkSync(join(from, name), join(programs, name));
	return programs;
}

test(
	"a compiler that is missing, where apt may not install it, is reported with the command that installs it",
	copied(async ({ folder, take, fails }) => {
		take("node_modules");
		const programs = pathWithout(folder, ["gcc", "apt-get", "sudo"]);
		writeFileSync(
			join(programs, "apt-get"),
			"#!/bin/sh\n[ \"$1\" = --version ] || { echo 'E: Unable to locate package gcc' >&2; exit 100; }\n",
		);
		chmodSync(join(programs, "apt-get"), 0o755);
		await fails("build", /gcc.*: ?sudo apt-get install -y --no-install-recommends gcc/, { PATH: programs });
	}),
);

test(
	"a folder of another engine that holds none is reported",
	copied(async ({ take, fails }) => {
		take("node_modules");
		await fails("build", new RegExp(`MODDABLE_XS names .*${basename(project)}, which holds no xs/sources`), {
			MODDABLE_XS: project,
		});
	}),
);

test.run();
