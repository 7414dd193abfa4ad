// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ensureSystemPackages, type Machine, trySystemPackages } from "../../../tools/lib/system-packages.js";

interface Script {
	present: string[];
	uid?: number;
	apt?: boolean;
	sudo?: boolean;
	installs?: boolean;
}

function machine({ present, uid = 0, apt = true, sudo = false, installs = true }: Script) {
	const packages = new Set(present);
	const commands: string[] = [];
	const fake: Machine = {
		uid,
		has: name => packages.has(name),
		begin: () => ({ advance: () => undefined, end: () => undefined }),
		async run(command, args) {
			const line = [command, ...args].join(" ");
			commands.push(line);
			if (line === "sudo -n true") return { status: sudo ? 0 : 1, stderr: "" };
			if (!apt) return { status: null, stderr: "" };
			if (line.includes("apt-get install") && !installs)
				return { status: 100, stderr: "E: Unable to locate package gcc\n" };
			if (line.includes("apt-get install"))
				args.slice(args.indexOf("--no-install-recommends") + 1).forEach(name => packages.add(name));
			return { status: 0, stderr: "" };
		},
	};
	return { fake, commands };
}

async function rejects(promise: Promise<void>, words: RegExp): Promise<void> {
	const message = await promise.then(
		() => "it did not fail",
		(error: Error) => error.message,
	);
	assert.match(message, words);
}

test("nothing runs when everything is there", async () => {
	const { fake, commands } = machine({ present: ["gcc", "make"] });
	await ensureSystemPackages(["gcc", "make"], fake);
	assert.equal(commands, []);
});

test("root installs just what is missing, after one update", async () => {
	const { fake, commands } = machine({ present: ["make"] });
	await ensureSystemPackages(["gcc", "make"], fake);
	assert.equal(commands, ["apt-get --version", "apt-get update", "apt-get install -y --no-install-recommends gcc"]);
});

test("a user with sudo that asks no password installs through it", async () => {
	const { fake, commands } = machine({ present: [], uid: 1000, sudo: true });
	await ensureSystemPackages(["gcc"], fake);
	assert.is(commands.at(-1), "sudo -n apt-get install -y --no-install-recommends gcc");
});

test("a user who may not install is told the packages and the command, and nothing was tried", async () => {
	const { fake, commands } = machine({ present: [], uid: 1000 });
	await rejects(
		ensureSystemPackages(["gcc", "libmbedtls-dev"], fake),
		/may not install them: gcc libmbedtls-dev; install them with: sudo apt-get install -y --no-install-recommends gcc libmbedtls-dev$/,
	);
	assert.not(commands.some(command => command.includes("install")));
});

test("a machine without apt is told what is missing", async () => {
	const { fake } = machine({ present: [], apt: false });
	await rejects(ensureSystemPackages(["gcc"], fake), /lacks gcc .*has no apt-get/);
});

test("an apt that fails is quoted, with the command to run by hand", async () => {
	const { fake } = machine({ present: [], installs: false });
	await rejects(
		ensureSystemPackages(["gcc"], fake),
		/could not install gcc \(E: Unable to locate package gcc\); install them with: sudo apt-get/,
	);
});

test("packages that work can go on without are installed where they can be, and else it is said why they are not there", async () => {
	const { fake, commands } = machine({ present: [] });
	assert.is(await trySystemPackages(["chromium"], fake), undefined);
	assert.is(commands.at(-1), "apt-get install -y --no-install-recommends chromium");
	assert.match(
		(await trySystemPackages(["chromium"], machine({ present: [], installs: false }).fake)) ?? "",
		/^apt-get could not install chromium /,
	);
	assert.match(
		(await trySystemPackages(["chromium"], machine({ present: [], uid: 1000 }).fake)) ?? "",
		/^Missing Debian packages, and this user may not install them: chromium;/,
	);
});

test.run();
