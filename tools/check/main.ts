// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { guard, program } from "../lib/command-line.js";
import { root } from "../lib/root.js";
import { type Check, checks } from "./checks.js";

program("check", "Checks format, lint and types of the whole tree. npx biome check --write corrects the format.", [
	"npm run check",
]).parse();

/** @returns whether it found nothing */
function passes({ name, command, args }: Check): boolean {
	const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
	console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}`);
	if (status !== 0) console.log(`${stdout}${stderr}`);
	return status === 0;
}

await guard(async () => {
	const failed = checks().filter(check => !passes(check));
	process.exitCode = failed.length > 0 ? 1 : 0;
});
