// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { descendants } from "../../../tools/bench/descendants.js";
import { benchRows, chooseRows } from "../../../tools/bench/rows.js";
import { root } from "../../../tools/lib/root.js";

test("rows run in their own order, each once; without a name all of them", () => {
	assert.equal(
		chooseRows(["provision", "driver", "provision"]).map(({ name }) => name),
		["driver", "provision"],
	);
	assert.equal(chooseRows([]), benchRows);
});

test("a name that is no row's is refused with the names that are", () => {
	assert.throws(() => chooseRows(["qos1", "qos2"]), /^There is no row qos2\. The rows are: .*qos1/);
});

test("docs/bench.md explains each row", () => {
	const text = readFileSync(join(root, "docs", "bench.md"), "utf8");
	for (const { name } of benchRows) assert.match(text, new RegExp(`^\\| \`${name}\` \\|`, "m"), name);
});

test("descendants are found at any depth, and no others", () => {
	const parents = new Map([
		[2, 1],
		[3, 2],
		[4, 3],
		[5, 1],
		[9, 8],
	]);
	assert.equal(descendants(1, parents).sort(), [2, 3, 4, 5]);
	assert.equal(descendants(4, parents), []);
});

test.run();
