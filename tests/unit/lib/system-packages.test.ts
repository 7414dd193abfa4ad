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
		say: () => undefined,
		run(command, args) {
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

test("nothing runs when everything is there", () => {
	const { fake, commands } = machine({ present: ["gcc", "make"] });
	ensureSystemPackages(["gcc", "make"], fake);
	assert.equal(commands, []);
});

test("root installs just what is missing, after one update", () => {
	const { fake, commands } = machine({ present: ["make"] });
	ensureSystemPackages(["gcc", "make"], fake);
	assert.equal(commands, ["apt-get --version", "apt-get update", "apt-get install -y --no-install-recommends gcc"]);
});

test("a user with sudo that asks no password installs through it", () => {
	const { fake, commands } = machine({ present: [], uid: 1000, sudo: true });
	ensureSystemPackages(["gcc"], fake);
	assert.is(commands.at(-1), "sudo -n apt-get install -y --no-install-recommends gcc");
});

test("a user who may not install is told the packages and the command, and nothing was tried", () => {
	const { fake, commands } = machine({ present: [], uid: 1000 });
	assert.throws(
		() => ensureSystemPackages(["gcc", "libmbedtls-dev"], fake),
		/may not install them: gcc libmbedtls-dev; install them with: sudo apt-get install -y --no-install-recommends gcc libmbedtls-dev$/,
	);
	assert.not(commands.some(command => command.includes("install")));
});

test("a machine without apt is told what is missing", () => {
	const { fake } = machine({ present: [], apt: false });
	assert.throws(() => ensureSystemPackages(["gcc"], fake), /lacks gcc .*has no apt-get/);
});

test("an apt that fails is quoted, with the command to run by hand", () => {
	const { fake } = machine({ present: [], installs: false });
	assert.throws(
		() => ensureSystemPackages(["gcc"], fake),
		/could not install gcc \(E: Unable to locate package gcc\); install them with: sudo apt-get/,
	);
});

test("packages that work can go on without are installed where they can be, and else it is said why they are not there", () => {
	const { fake, commands } = machine({ present: [] });
	assert.is(trySystemPackages(["chromium"], fake), undefined);
	assert.is(commands.at(-1), "apt-get install -y --no-install-recommends chromium");
	assert.match(
		trySystemPackages(["chromium"], machine({ present: [], installs: false }).fake) ?? "",
		/^apt-get could not install chromium /,
	);
	assert.match(
		trySystemPackages(["chromium"], machine({ present: [], uid: 1000 }).fake) ?? "",
		/^Missing Debian packages, and this user may not install them: chromium;/,
	);
});

test.run();
