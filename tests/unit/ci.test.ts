// SPDX-License-Identifier: MIT
/** The commands that a pull request and a dev container run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../tools/lib/root.js";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
const { postCreateCommand } = JSON.parse(read(".devcontainer/devcontainer.json")) as { postCreateCommand: string };
const workflow = read(".github/workflows/test.yml");

/** Names of npm scripts in a text: `npm start`, `npm test`, `npm run NAME`. */
function scriptsIn(text: string): string[] {
	return [...text.matchAll(/\bnpm (?:run )?(?:-s )?([a-z][a-z0-9-]*)/g)].map(([, name = ""]) => name);
}

test("they are commands of this project", () => {
	const named = [postCreateCommand, workflow, read(".ci/run")].flatMap(scriptsIn);
	assert.ok(named.length >= 4);
	assert.equal(
		named.filter(name => !(name in scripts)),
		[],
	);
});

test("a pull request runs the firmware, the tests and the advisor", () => {
	assert.match(workflow, /^on: .*pull_request/m);
	assert.match(workflow, /run: bash \.ci\/run$/m);
	assert.equal(scriptsIn(read(".ci/run")), ["start", "test"]);
	assert.equal(scriptsIn(workflow), ["advisor"]);
});

test.run();
