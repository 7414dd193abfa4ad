// SPDX-License-Identifier: MIT
import { relative } from "node:path";
import { Option } from "commander";
import { manifestOption } from "../lib/arguments.js";
import { guard, program } from "../lib/command-line.js";
import { root } from "../lib/root.js";
import { type BuildOptions, build, variants } from "./build.js";

const command = program(
	"build",
	"Builds the firmware for this machine: the XS engine, the native code and the TypeScript, as far as they are not up to date.",
	["npm run build", "npm run build -- --variant sanitize", "npm run build -- --manifest ../sensor/manifest.json"],
)
	.addOption(
		new Option(
			"--variant <name>",
			"release: optimized; sanitize: with AddressSanitizer and UndefinedBehaviorSanitizer; x86: 32-bit, with the ESP32's slot size",
		)
			.choices(variants)
			.default("release"),
	)
	.addOption(manifestOption())
	.option("--keep-going", "take what compiles in spite of type errors", false)
	.parse();

await guard(async () => {
	const { executable, modules } = await build(command.opts<BuildOptions>());
	console.log(
		`Built ${relative(root, executable)}; run it: ${relative(root, executable)} ${relative(root, modules)} main`,
	);
});
