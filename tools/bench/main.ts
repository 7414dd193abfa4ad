// SPDX-License-Identifier: MIT
import { guard, program, wholeNumber } from "../lib/command-line.js";
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
	.option("--certificates <count>", "how many the row provision registers", wholeNumber(100, 100_000), 1_000)
	.option("--quick", "measure each figure once: shows that the rows work, and little about how fast", false)
	.option("--json", "print one JSON object in place of the tables", false)
	.parse();

function print(outcome: RowOutcome): void {
	const { name, what } = outcome.row;
	console.log(`\n${name}: ${what}`);
	console.log("error" in outcome ? `not measured: ${outcome.error}` : formatResult(outcome.result));
}

await guard(async () => {
	const { json, ...options } = command.opts<Options>();
	const rows = chooseRows(command.args);
	const about = machine();
	const outcomes: RowOutcome[] = [];
	if (!json) {
		for (const [name, value] of Object.entries(about)) console.log(`${name}: ${value}`);
		console.log("\nRatio: this project's median over the peer's. Below 1, this project needs less.");
	}
	for await (const outcome of runRows(rows, options)) {
		outcomes.push(outcome);
		if (!json) print(outcome);
	}
	if (json)
		console.log(
			JSON.stringify(
				{ ...about, rows: outcomes.map(({ row: { name, what }, ...rest }) => ({ name, what, ...rest })) },
				null,
				"\t",
			),
		);
	if (outcomes.some(outcome => "error" in outcome)) process.exitCode = 1;
});
