// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { browserPackage, findBrowser } from "./browser.js";
import { beginStep, type Step } from "./progress.js";

/** What this module asks of the machine; injected by its tests. */
export interface Machine {
	/** True when the Debian package, or what it brings, is there. */
	has(name: string): boolean;
	/** Runs a command to its end; returns its status (null when it could not start) and what it said on stderr. */
	run(command: string, args: string[]): Promise<{ status: number | null; stderr: string }>;
	/** Effective user id. */
	uid: number;
	/** Shows that a step has begun. */
	begin(what: string): Step;
}

function onPath(command: string): boolean {
	const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
	return folders.some(folder => {
		try {
			accessSync(join(folder, command), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

/** How a Debian package is recognised without asking dpkg: by a command on the PATH, a file, or what serves as well. */
const evidence: Record<string, () => boolean> = {
	gcc: () => onPath("gcc"),
	"libc6-dev": () => existsSync("/usr/include/stdio.h"),
	make: () => onPath("make"),
	"libmbedtls-dev": () => existsSync("/usr/include/mbedtls/ssl.h"),
	mosquitto: () => onPath("mosquitto"),
	"mosquitto-clients": () => onPath("mosquitto_pub"),
	openssl: () => onPath("openssl"),
	awscli: () => existsSync("/usr/bin/aws"),
	[browserPackage]: () => findBrowser() !== undefined,
};

function installed(name: string): boolean {
	const sign = evidence[name];
	if (sign) return sign();
	const { status, stdout } = spawnSync("dpkg-query", ["-W", "-f=${db:Status-Status}", name], { encoding: "utf8" });
	return status === 0 && stdout === "installed";
}

const thisMachine: Machine = {
	has: installed,
	async run(command, args) {
		const child = spawn(command, args, {
			stdio: ["ignore", "ignore", "pipe"],
			env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
		});
		const exit = once(child, "exit").catch((error: Error) => [null, error]);
		const [stderr, [status]] = await Promise.all([text(child.stderr), exit]);
		return { status, stderr };
	},
	uid: process.getuid?.() ?? -1,
	begin: beginStep,
};

/** The words before `apt-get` that let this user install packages; undefined when the user may not. */
async function privilege(machine: Machine): Promise<string[] | undefined> {
	if (machine.uid === 0) return [];
	const { status } = await machine.run("sudo", ["-n", "true"]);
	return status === 0 ? ["sudo", "-n"] : undefined;
}

function lastLine(text: string): string {
	return text.trim().split("\n").at(-1) ?? "";
}

/**
 * Makes sure that Debian packages are on the machine: installs with apt what is missing if this user is root or has
 * sudo without a password.
 * @throws Error of one sentence that names the missing packages and the command that installs them
 */
export async function ensureSystemPackages(names: readonly string[], machine: Machine = thisMachine): Promise<void> {
	const missing = names.filter(name => !machine.has(name));
	if (missing.length === 0) return;
	const install = ["apt-get", "install", "-y", "--no-install-recommends", ...missing];
	const remedy = `install them with: sudo ${install.join(" ")}`;
	if ((await machine.run("apt-get", ["--version"])).status !== 0)
		throw new Error(
			`This machine lacks ${missing.join(", ")} (names of Debian packages) and has no apt-get: install what provides them, then run the command again.`,
		);
	const prefix = await privilege(machine);
	if (!prefix)
		throw new Error(`Missing Debian packages, and this user may not install them: ${missing.join(" ")}; ${remedy}`);
	const step = machine.begin(`Installing Debian packages: ${missing.join(" ")}`);
	const apt = (args: string[]) => {
		const [command = "apt-get", ...rest] = [...prefix, ...args];
		return machine.run(command, rest);
	};
	await apt(["apt-get", "update"]);
	const { status, stderr } = await apt(install);
	step.end();
	const still = names.filter(name => !machine.has(name));
	if (status !== 0 || still.length > 0)
		throw new Error(
			`apt-get could not install ${(still.length ? still : missing).join(" ")} (${lastLine(stderr) || `status ${status}`}); ${remedy}`,
		);
}

/**
 * As `ensureSystemPackages`, for packages that work can go on without.
 * @returns the sentence that says why they are not there; undefined when they are
 */
export async function trySystemPackages(
	names: readonly string[],
	machine: Machine = thisMachine,
): Promise<string | undefined> {
	try {
		await ensureSystemPackages(names, machine);
		return undefined;
	} catch (error) {
		return (error as Error).message;
	}
}
