// SPDX-License-Identifier: MIT
/**
 * The tests that run inside XS: tests/xs/NAME.test.ts, each a process of its own.
 */
import { spawn } from "node:child_process";
import { root } from "../lib/root.js";
import type { Built } from "./build.js";
import { programSources } from "./firmware.js";

export interface XsResult {
	/** The process's status; null when a signal ended it. */
	status: number | null;
	signal: NodeJS.Signals | null;
	/** Standard output and standard error, as they came. */
	output: string;
}

export interface XsOptions {
	/** Becomes `mc/config`, over the manifests' config. */
	config?: object;
	/** Milliseconds until the process is killed; 60 s by default. */
	timeout?: number;
}

/** Module names of the tests, in alphabetical order. */
export function xsTests(): string[] {
	return [...programSources().keys()].filter(name => name.endsWith(".test")).sort();
}

/** Runs a module inside XS to its end. */
export function runXs(
	{ executable, modules }: Built,
	name: string,
	{ config = {}, timeout = 60_000 }: XsOptions = {},
): Promise<XsResult> {
	return new Promise((resolve, reject) => {
		const child = spawn(executable, [modules, name, JSON.stringify(config)], {
			cwd: root,
			stdio: ["ignore", "pipe", "pipe"],
			timeout,
		});
		let output = "";
		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding("utf8").on("data", (text: string) => {
				output += text;
			});
		child.on("error", reject);
		child.on("close", (status, signal) => resolve({ status, signal, output }));
	});
}
