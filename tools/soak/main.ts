// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";
import { Option } from "commander";
import { type BuildVariant, build, variants } from "../build/build.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { counted } from "../lib/counted.js";
import { printJson, serialJson } from "../lib/json-lines.js";
import { printable } from "../lib/printable.js";
import type { SoakDevice } from "./device.js";
import { faultsOf, report, reportFields, verdictOf } from "./report.js";
import { soak } from "./run.js";
import { soakScaling } from "./settings.js";

interface Options {
	disconnects: number;
	messages: number;
	devices: number;
	seed: string;
	timeLimit: number;
	json: boolean;
	verbose?: true;
	variant: BuildVariant;
}

const command = program(
	"soak",
	"Ends the firmware's connections again and again while messages go both ways, and counts what arrives and what memory stays in use.",
	[
		"npm run soak",
		"npm run soak -- --disconnects 30 --messages 300 --devices 4",
		"npm run soak -- --seed a --variant sanitize",
	],
)
	.option(
		"--disconnects <count>",
		"how many connections are ended, of all devices together",
		wholeNumber(1, 1_000_000),
		1_000,
	)
	.option(
		"--messages <count>",
		"how many QoS 1 messages go each way at least, of all devices together",
		wholeNumber(1, 10_000_000),
		10_000,
	)
	.option("--devices <count>", "how many firmwares run at a time", wholeNumber(1, 32), 8)
	.addOption(
		new Option("--seed <text>", "makes the schedule of the ends repeat").default(
			randomBytes(4).toString("hex"),
			"a random one, which is printed",
		),
	)
	.option("--time-limit <seconds>", "end with status 1 when it takes longer", wholeNumber(1, 604_800), 3_600)
	.option("--verbose", "show the devices' serial lines")
	.option("--json", "print progress and result as JSON objects (docs/json-output.md) in place of tables", false)
	.addOption(
		new Option(
			"--variant <name>",
			"the build to run: release, sanitize (ASan and UBSan), or x86: 32-bit, in the ESP32's memory",
		)
			.choices(variants)
			.default("release"),
	)
	.parse();

/** How often progress is printed, in milliseconds. */
const tellingMs = 10_000;

function begin({ seed, json }: Options): void {
	if (json) printJson("started", { seed });
	else console.error(`Seed "${seed}". ${soakScaling}`);
}

/** Reports how many connections have ended, every few seconds. */
function progressOf({ disconnects, json }: Options): (devices: readonly SoakDevice[]) => void {
	let told = -tellingMs;
	return devices => {
		if (performance.now() < told + tellingMs) return;
		told = performance.now();
		const ended = disconnects - devices.reduce((sum, { saboteur }) => sum + saboteur.left, 0);
		if (json) printJson("progress", { ended, planned: disconnects });
		else console.error(`${ended} of ${counted(disconnects, "connection")} ended`);
	};
}

await guard(async () => {
	const options = command.opts<Options>();
	const { variant, verbose, json } = options;
	begin(options);
	const soaked = await soak({
		...options,
		built: await build({ variant }),
		board: variant === "x86",
		onProgress: progressOf(options),
		onLine: verbose && ((name, line) => console.log(json ? serialJson(name, line) : `${name} │ ${printable(line)}`)),
	});
	if (json) printJson("result", reportFields(soaked));
	else
		console.log(`
${report(soaked)}

${verdictOf(soaked)}`);
	if (faultsOf(soaked).length > 0) process.exitCode = 1;
});
