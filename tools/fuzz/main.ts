// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildFolder } from "../build/paths.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { root } from "../lib/root.js";
import { ensureSystemPackages } from "../lib/system-packages.js";
import { unpackCorpus } from "./corpus.js";
import { fuzzParsers } from "./parsers.js";
import { type FuzzTarget, fuzzTargets, includes } from "./targets.js";

interface Options {
	target?: string;
	runs: number;
	seed: number;
}

const names = [...fuzzTargets.map(({ name }) => name), "parsers"];
const command = program(
	"fuzz",
	"Fuzzes under sanitizers: data link, secure channel and TLS engine by libFuzzer, the SE050's TypeScript parsers by a seeded generator.",
	["npm run fuzz", "npm run fuzz -- --target scp03-unwrap --runs 10000000"],
)
	.option("--target <name>", `only this one: ${names.join(", ")}`)
	.option("--runs <count>", "executions of each target", wholeNumber(1, 1_000_000_000), 1_000_000)
	.option("--seed <number>", "of the generators", wholeNumber(1, 0x7fffffff), 1)
	.parse();

const sanitizers = [
	"-std=c11",
	"-D_GNU_SOURCE",
	"-Wall",
	"-Wextra",
	"-Werror",
	"-g",
	"-O2",
	"-fsanitize=fuzzer,address,undefined",
	"-fno-sanitize-recover=all",
	"-fsanitize-coverage-ignorelist=tools/fuzz/coverage-ignore.txt",
];

function compile({ name, sources, flags }: FuzzTarget): string {
	const output = join(buildFolder, "fuzz", name);
	mkdirSync(join(buildFolder, "fuzz", "corpus", name), { recursive: true });
	const { status, stderr } = spawnSync(
		"clang",
		[...sanitizers, ...includes.map(folder => `-I${folder}`), "-o", output, ...sources, ...flags],
		{ cwd: root, encoding: "utf8" },
	);
	if (status !== 0)
		throw new Error(`clang could not compile the target ${name}: ${stderr.trim().split("\n")[0] ?? ""}`);
	return output;
}

/** New inputs go to build/fuzz/corpus; those in the repository are read. */
async function fuzz(target: FuzzTarget, { runs, seed }: Options): Promise<void> {
	const program = compile(target);
	const found = join(buildFolder, "fuzz", "corpus", target.name);
	const kept = join(buildFolder, "fuzz", "kept", target.name);
	unpackCorpus(target.name, kept);
	const artifacts = `-artifact_prefix=${join(buildFolder, "fuzz", `${target.name}-`)}`;
	const child = spawn(
		program,
		[
			`-runs=${runs}`,
			`-seed=${seed}`,
			`-max_len=${target.maxLength ?? 600}`,
			"-print_final_stats=1",
			"-verbosity=1",
			artifacts,
			found,
			kept,
		],
		{ stdio: ["ignore", "inherit", "inherit"] },
	);
	const [status] = (await once(child, "close")) as [number | null];
	if (status !== 0)
		throw new Error(
			`The target ${target.name} found something: the input is ${join("build", "fuzz", `${target.name}-…`)}, what is wrong is above.`,
		);
}

await guard(async () => {
	const options = command.opts<Options>();
	const { target: wanted, runs, seed } = options;
	if (wanted !== undefined && !names.includes(wanted))
		throw new Error(`There is no target "${wanted}": choose one of ${names.join(", ")}.`);
	const selected = fuzzTargets.filter(({ name }) => wanted === undefined || name === wanted);
	if (selected.length > 0) await ensureSystemPackages(["clang", "libclang-rt-14-dev", "libmbedtls-dev"]);
	for (const target of selected) await fuzz(target, options);
	if (wanted === undefined || wanted === "parsers")
		console.log(`parsers: ${runs} executions with seed ${seed}: ${JSON.stringify(fuzzParsers(runs, seed))}`);
});
