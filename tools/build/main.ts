import { Command, Option } from "commander";
import { relative } from "node:path";
import { build, variants, type Variant } from "./build.js";
import { root } from "./paths.js";

const program = new Command("npm run build --")
	.description("Builds the firmware for this machine: the XS engine, the native code and the TypeScript, as far as they are not up to date.")
	.addOption(new Option("--variant <name>", "release: optimized; sanitize: with AddressSanitizer and UndefinedBehaviorSanitizer; x86: 32-bit, with the ESP32's slot size").choices(variants).default("release"))
	.option("--keep-going", "take what compiles in spite of type errors", false)
	.showHelpAfterError("(--help lists the options)");

program.action(async ({ variant, keepGoing }: { variant: Variant; keepGoing: boolean }) => {
	const { executable, modules } = await build({ variant, keepGoing });
	console.log(`Built ${relative(root, executable)}; run it: ${relative(root, executable)} ${relative(root, modules)} main`);
});

try {
	await program.parseAsync();
}
catch (error) {
	console.error((error as Error).stack);
	process.exitCode = 1;
}
