// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { join } from "node:path";
import { root } from "../lib/root.js";
import { findProgram, firstLine } from "./programs.js";

function versionOf(name: string, args: readonly string[]): string | undefined {
	const program = findProgram(name);
	return program && firstLine(program, args);
}

function packageVersion(name: string): string | undefined {
	try {
		const { version } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"));
		return String(version);
	} catch {
		return undefined;
	}
}

/** What the figures depend on, by name: the machine, its load, and versions. */
export function machine(): Record<string, string> {
	const [{ model = "unknown" } = {}] = cpus();
	const load = loadavg().map(value => value.toFixed(2));
	const entries: readonly (readonly [string, string | undefined])[] = [
		["date", new Date().toISOString()],
		["commit", versionOf("git", ["-C", root, "rev-parse", "--short", "HEAD"])],
		["machine", `${cpus().length} x ${model}, Linux ${release()}, load ${load.join(" ")}`],
		["Node", process.versions.node],
		["mqtt.js", packageVersion("mqtt")],
		["OpenSSL", versionOf("openssl", ["version"])],
		["mosquitto", versionOf("dpkg-query", ["-W", "-f=${Version}", "mosquitto"])],
		["boto3", versionOf("python3", ["-c", "import boto3; print(boto3.__version__)"])],
		["aws", versionOf("aws", ["--version"])],
		["perf", versionOf("perf", ["--version"])],
		["valgrind", versionOf("valgrind", ["--version"])],
	];
	return Object.fromEntries(entries.map(([name, value]) => [name, value ?? "missing"]));
}
