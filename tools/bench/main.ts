// SPDX-License-Identifier: MIT
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { printJson } from "../lib/json-lines.js";
import { machine } from "./machine.js";
import { benchRows, chooseRows } from "./rows.js";
import { type RowOutcome, runRows } from "./run-rows.js";
import { formatResult } from "./table.js";

interface Options {
	certificates: number;
	quick: boolean;
	json: boolean;
}

const command = program(
	"bench",
	"Measures this project and its peers in turn, in the same run: CPU time, instructions, bus time and memory. docs/bench.md says what each row measures.",
	["npm run bench", "npm run bench -- qos1 firmware", "npm run bench -- provision --certificates 10000"],
)
	.argument("[rows...]", `rows to measure: ${benchRows.map(({ name }) => name).join(", ")} (default: all)`)
	.option("--certificates <count>", "how many the row provision registers", wholeNumber(20, 100_000), 1_000)
	.option("--quick", "measure each figure once: shows that the rows work, and little about how fast", false)
	.option("--json", "print each row as a JSON object (docs/json-output.md) in place of the tables", false)
	.parse();

function printAbout(json: boolean): void {
	const about = machine();
	if (json) return printJson("machine", { ...about });
	for (const [name, value] of Object.entries(about)) console.log(`${name}: ${value}`);
	console.log("\nRatio: this project's median over the peer's. Below 1, this project needs less.");
}

function print({ row: { name, what }, ...outcome }: RowOutcome, json: boolean): void {
	if (json) return printJson("row", { name, what, ...outcome });
	console.log(`\n${name}: ${what}`);
	console.log("error" in outcome ? `not measured: ${outcome.error}` : formatResult(outcome.result));
}

await guard(async () => {
	const { json, ...options } = command.opts<Options>();
	const rows = chooseRows(command.args);
	const failed: string[] = [];
	printAbout(json);
	for await (const outcome of runRows(rows, options)) {
		print(outcome, json);
		if ("error" in outcome) failed.push(outcome.row.name);
	}
	if (failed.length > 0) throw new Error(`Not measured: ${failed.join(", ")}. The output has the reason for each.`);
});
