// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { engineFolder } from "../../build/engine.js";
import { buildFolder } from "../../build/paths.js";
import { root } from "../../lib/root.js";

/** Sizes in bytes, as `size` prints them. */
export interface Footprint {
	text: number;
	staticMemory: number;
}

const transport = ["t1.c", "t1_wire.c", "block.c", "atr.c", "link_binding.c"];
const counts = ["bus_count.c", "bus_count_binding.c"];
const secureChannel = ["scp03.c", "scp03_crypto.c", "scp03_binding.c"];

function run(command: string, args: readonly string[]): string {
	const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
	if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr.trim().split("\n")[0]}`);
	return stdout;
}

function measure(names: readonly string[]): Footprint {
	const xs = join(engineFolder(), "xs");
	const folder = mkdtempSync(join(tmpdir(), "se050-footprint-"));
	const includes = [
		"-Ise050/native",
		"-Ihost/engine",
		"-Ihost",
		`-I${join(buildFolder, "host", "generated")}`,
		...["includes", "platforms", "sources"].flatMap(part => ["-isystem", join(xs, part)]),
	];
	const flags = ["-Os", "-std=c11", "-D_GNU_SOURCE", "-DINCLUDE_XSPLATFORM", '-DXSPLATFORM="platform.h"', ...includes];
	const objects = names.map(name => join(folder, basename(name, ".c") + ".o"));
	try {
		names.forEach((name, index) => run("gcc", [...flags, "-c", `se050/native/${name}`, "-o", objects[index] ?? ""]));
		const lines = run("size", objects)
			.trim()
			.split("\n")
			.slice(1)
			.map(line => line.trim().split(/\s+/).map(Number));
		return lines.reduce(
			(sum, [text = 0, data = 0, bss = 0]) => ({ text: sum.text + text, staticMemory: sum.staticMemory + data + bss }),
			{ text: 0, staticMemory: 0 },
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Data link and binding, compiled by gcc -Os for this machine. */
export function measureTransport(): Footprint {
	return measure(transport);
}

/** What counts for the self-test, and its binding. */
export function measureCounts(): Footprint {
	return measure(counts);
}

/** Platform SCP03 and its binding, without Mbed TLS' own code. */
export function measureSecureChannel(): Footprint {
	return measure(secureChannel);
}
