// SPDX-License-Identifier: MIT
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { measureFirmware } from "./demonstration.js";
import { formatPeaks, type HeapRun, measureHeap } from "./measure.js";

interface Options {
	messages: number;
	config: string;
	seconds?: number;
}

const command = program(
	"heap",
	"Runs the firmware (or another module) in the ESP32's JavaScript memory on this PC, 32-bit, and prints the peaks of slots, chunks and stack.",
	[
		"npm run heap",
		'npm run heap -- main --config \'{"endpoint":"localhost","bus":"sim:state/chip.sock"}\' --seconds 10',
	],
)
	.argument(
		"[module]",
		"a module by its manifest name, with what --config gives it; default: the firmware, on a simulated chip and a local AWS IoT Core",
	)
	.option("--messages <count>", "without a module: how many echoes", wholeNumber(1, 100_000), 8)
	.option("--config <json>", "with a module: what mc/config has over the manifests' config", "{}")
	.option(
		"--seconds <count>",
		"with a module: stop it after this time, if it does not end by itself",
		wholeNumber(1, 86_400),
	)
	.parse();

function parseConfig(text: string): object {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
	} catch {
		// The sentence below says it.
	}
	throw new Error(`--config must be a JSON object, not ${text}`);
}

function measure(): Promise<HeapRun> {
	const { messages, config, seconds } = command.opts<Options>();
	const onOutput = (text: string) => process.stdout.write(text);
	const [module] = command.args;
	if (module === undefined) return measureFirmware(messages, onOutput);
	return measureHeap(module, {
		config: parseConfig(config),
		onOutput,
		...(seconds !== undefined && { timeout: seconds * 1_000 }),
	});
}

/** Stopped because --seconds were over: the status of SIGTERM. */
const stopped = 143;

await guard(async () => {
	const { status, peaks } = await measure();
	console.log(`\n${formatPeaks(peaks)}`);
	process.exitCode = status === stopped ? 0 : status;
});
