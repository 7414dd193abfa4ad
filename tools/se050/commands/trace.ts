// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { guard } from "../../lib/command-line.js";
import { type OutputOptions, report, withJsonOption } from "../output.js";
import { timeline } from "../timeline.js";
import { describeRecord, readTrace } from "../trace-file.js";
import { withLayers } from "../trace-layers.js";
import { inputPath } from "./command.js";

interface Tracing extends OutputOptions {
	svg?: string;
}

function trace(file: string, options: Tracing): void {
	const records = withLayers(readTrace(file));
	if (options.svg === undefined)
		for (const record of records) report("record", { ...record }, [describeRecord(record)], options);
	else {
		writeFileSync(options.svg, timeline(records));
		report("drawn", { file: options.svg }, [], options);
	}
}

export function addTraceCommand(tool: Command): void {
	withJsonOption(tool.command("trace").description("prints a trace of the bus as text, or draws it as a timeline"))
		.argument("<file>", "what --trace of this tool or of se050-sim wrote", inputPath)
		.option("--svg <file>", "draw the timeline into a file instead", inputPath)
		.action((file: string, options: Tracing) => guard(async () => trace(file, options)));
}
