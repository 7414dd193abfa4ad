// SPDX-License-Identifier: MIT
import { build } from "../build/build.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { countColdStart, deadline, outcomes, type RunResult, runCampaign, type Scenario } from "./campaign.js";
import { collisions, deaths, everyFault, randomMixes } from "./faults.js";

interface Options {
	mixes: number;
	seed: string;
	mode: string;
	scenario: string;
	everyFault: boolean;
}

const command = program(
	"campaign",
	"Drives cold starts, up to a signature or a new key in the chip, through every fault of the bus and the chip, in virtual time, and prints how they end.",
	["npm run campaign", "npm run campaign -- --mixes 100 --mode scp03 --scenario signature"],
)
	.option(
		"--mixes <count>",
		"seeded random mixes of faults, half of them with SCP03",
		wholeNumber(0, 10_000_000),
		20_000,
	)
	.option("--seed <text>", "of the mixes", "a")
	.option("--mode <mode>", "plain, scp03 or both", "both")
	.option("--scenario <scenario>", "signature, key or both; of the key's mixes there are a tenth", "both")
	.option("--no-every-fault", "leave out every fault at every block, and hosts that die")
	.parse();

function print(title: string, { counts, errors, findings, longest, longestClean }: RunResult): void {
	console.log(`\n${title}`);
	console.log(["fault".padEnd(26), ...outcomes.map(outcome => outcome.padStart(17))].join(""));
	const total = outcomes.map(() => 0);
	for (const [name, row] of counts) {
		outcomes.forEach((outcome, index) => (total[index] = (total[index] ?? 0) + row[outcome]));
		console.log([name.padEnd(26), ...outcomes.map(outcome => String(row[outcome]).padStart(17))].join(""));
	}
	console.log(["all".padEnd(26), ...total.map(count => String(count).padStart(17))].join(""));
	console.log(`clean errors: ${[...errors].map(([code, count]) => `${code} ${count}`).join(", ") || "none"}`);
	console.log(
		`longest attempt: ${longest.toFixed(1)} s of simulated time with faults, ${longestClean.toFixed(1)} s after them; allowed are ${deadline} s`,
	);
	for (const finding of findings.slice(0, 20)) console.log(`FINDING ${JSON.stringify(finding)}`);
}

/** Those of two choices that an option names. */
function chosen<Choice extends string>(option: string, value: string, choices: readonly Choice[]): readonly Choice[] {
	const selected = choices.filter(choice => value === "both" || value === choice);
	if (selected.length === 0) throw new Error(`There is no ${option} "${value}": choose ${choices.join(", ")} or both.`);
	return selected;
}

const titles = { signature: "Cold start and signature", key: "Generating a key" } as const;
const keySettings = { plain: "", scp03: "SE050C1" } as const;
const modeNames = { plain: "plain", scp03: "with SCP03" } as const;

await guard(async () => {
	const { mixes, seed, mode, scenario, everyFault: every } = command.opts<Options>();
	const modes = chosen("mode", mode, ["plain", "scp03"]);
	const scenarios: readonly Scenario[] = chosen("scenario", scenario, ["signature", "key"]);
	const built = await build();
	let failures = 0;
	for (const scenario of scenarios) {
		for (const mode of modes) {
			const target = { scenario, scp03: keySettings[mode] };
			const title = `${titles[scenario]}, ${modeNames[mode]}`;
			const { exchanges, requests } = await countColdStart(built, target);
			const count = Math.ceil(mixes / modes.length / (scenario === "key" ? 10 : 1));
			const eachFault = every
				? [...everyFault(exchanges), ...(scenario === "key" ? [] : collisions(exchanges)), ...deaths(requests)]
				: [];
			const cases = [...eachFault, ...randomMixes(count, `${seed}/${mode}`)];
			console.error(`${title}: ${cases.length} runs of ${exchanges} blocks each …`);
			const result = await runCampaign(built, cases, target, done =>
				console.error(`${title}: ${done} of ${cases.length}`),
			);
			print(title, result);
			failures += result.findings.length;
		}
	}
	process.exitCode = failures > 0 ? 1 : 0;
});
