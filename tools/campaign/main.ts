import { build } from "../build/build.js";
import { guard, program, wholeNumber } from "../command/run.js";
import { deadline, measureColdStart, outcomes, runCampaign, type Result } from "./campaign.js";
import { collisions, deaths, everyFault, randomMixes } from "./faults.js";

interface Options { mixes: number; seed: string; mode: "plain" | "scp03" | "both"; everyFault: boolean }

const command = program("campaign", "Drives cold starts up to a signature through every fault of the bus and the chip, in virtual time, and prints how they end.", [
	"npm run campaign",
	"npm run campaign -- --mixes 100 --mode scp03",
])
	.option("--mixes <count>", "seeded random mixes of faults, half of them with SCP03", wholeNumber(0, 10_000_000), 20_000)
	.option("--seed <text>", "of the mixes", "a")
	.option("--mode <mode>", "plain, scp03 or both", "both")
	.option("--no-every-fault", "leave out every fault at every block, and hosts that die")
	.parse();

function print(title: string, { counts, errors, findings, longest, longestClean }: Result): void {
	console.log(`\n${title}`);
	console.log(["fault".padEnd(26), ...outcomes.map(outcome => outcome.padStart(17))].join(""));
	const total = outcomes.map(() => 0);
	for (const [name, row] of counts) {
		outcomes.forEach((outcome, index) => total[index] = (total[index] ?? 0) + row[outcome]);
		console.log([name.padEnd(26), ...outcomes.map(outcome => String(row[outcome]).padStart(17))].join(""));
	}
	console.log(["all".padEnd(26), ...total.map(count => String(count).padStart(17))].join(""));
	console.log(`clean errors: ${[...errors].map(([code, count]) => `${code} ${count}`).join(", ") || "none"}`);
	console.log(`longest attempt: ${longest.toFixed(1)} s of simulated time with faults, ${longestClean.toFixed(1)} s behind them; allowed are ${deadline} s`);
	for (const finding of findings.slice(0, 20))
		console.log(`FINDING ${JSON.stringify(finding)}`);
}

await guard(async () => {
	const { mixes, seed, mode, everyFault: every } = command.opts<Options>();
	const settings = { plain: "", scp03: "SE050C1" };
	const modes = (["plain", "scp03"] as const).filter(each => mode === "both" || mode === each);
	if (modes.length === 0)
		throw new Error(`There is no mode "${mode}": choose plain, scp03 or both.`);
	const built = await build();
	let failures = 0;
	for (const each of modes) {
		const { exchanges, requests } = await measureColdStart(built, settings[each]);
		const eachFault = every ? [...everyFault(exchanges), ...collisions(exchanges), ...deaths(requests)] : [];
		const cases = [...eachFault, ...randomMixes(Math.ceil(mixes / modes.length), `${seed}/${each}`)];
		console.error(`${each}: ${cases.length} runs of ${exchanges} blocks each …`);
		const result = await runCampaign(built, cases, settings[each], done => console.error(`${each}: ${done} of ${cases.length}`));
		print(each === "plain" ? "Cold start and signature, plain" : "Cold start and signature, with SCP03", result);
		failures += result.findings.length;
	}
	process.exitCode = failures > 0 ? 1 : 0;
});
