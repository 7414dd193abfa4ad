import { Command } from "commander";
import { formatPeaks, measureHeap } from "./measure.js";

const program = new Command("npm run heap --")
	.description("Runs a module in the ESP32's JavaScript memory on this PC and prints the peaks of slots, chunks and stack.")
	.argument("[module]", "name of the module, as the manifests have it", "main")
	.option("--config <json>", "what mc/config has over the manifests' config", "{}")
	.option("--seconds <n>", "stop it after this time, if it does not end by itself")
	.showHelpAfterError("(--help lists the options)");

function parseConfig(text: string): object {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === "object" && value !== null && !Array.isArray(value))
			return value;
	}
	catch {
		/* the sentence below says it */
	}
	throw new Error(`--config takes a JSON object, not ${text}`);
}

function parseSeconds(text: string | undefined): number | undefined {
	if (text === undefined)
		return undefined;
	const seconds = Number(text);
	if (!(seconds > 0))
		throw new Error(`--seconds takes a number above 0, not ${text}`);
	return seconds * 1000;
}

program.action(async (module: string, { config, seconds }: { config: string; seconds?: string }) => {
	const timeout = parseSeconds(seconds);
	const options = { config: parseConfig(config), onOutput: (text: string) => process.stdout.write(text) };
	const { status, peaks } = await measureHeap(module, timeout === undefined ? options : { ...options, timeout });
	console.log(`\n${formatPeaks(peaks)}`);
	process.exitCode = timeout !== undefined && status === 143 ? 0 : status;
});

try {
	await program.parseAsync();
}
catch (error) {
	console.error((error as Error).message);
	process.exitCode = 1;
}
