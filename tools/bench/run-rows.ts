// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beginStep, type Step } from "../lib/progress.js";
import { killDescendants } from "./descendants.js";
import type { BenchRow, RowContext, RowResult } from "./row.js";

/** A row's result, or why there is none. */
export type RowOutcome = { row: BenchRow } & ({ result: RowResult } | { error: string });

const signalStatus = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

function makeFolder(): string {
	try {
		return mkdtempSync(join(tmpdir(), "bench-"));
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		throw new Error(`No folder can be made in ${tmpdir()} (${code}): set TMPDIR to a folder that can be written.`);
	}
}

/** A folder for all that rows write: it, and every process, is gone when this program ends. */
function prepareFolder(): string {
	const folder = makeFolder();
	process.env["TMPDIR"] = folder; // other tools' temporary files go there, too
	const clean = () => {
		killDescendants();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	};
	process.on("exit", clean);
	for (const [signal, status] of Object.entries(signalStatus))
		process.once(signal as keyof typeof signalStatus, () => process.exit(status));
	return folder;
}

async function runRow(
	row: BenchRow,
	given: Pick<RowContext, "folder" | "certificates" | "quick">,
): Promise<RowOutcome> {
	const steps: (() => unknown)[] = [];
	let progress: Step | undefined;
	mkdirSync(given.folder);
	try {
		await row.prepare?.();
		progress = beginStep(row.name);
		const context = { ...given, closing: (step: () => unknown) => steps.push(step), advance: progress.advance };
		return { row, result: await row.measure(context) };
	} catch (error) {
		return { row, error: error instanceof Error ? error.message : String(error) };
	} finally {
		for (const step of steps.reverse()) await step();
		rmSync(given.folder, { recursive: true, force: true });
		progress?.end();
	}
}

/** Runs rows one after the other; a row that fails does not stop the others. */
export async function* runRows(
	rows: readonly BenchRow[],
	options: Pick<RowContext, "certificates" | "quick">,
): AsyncGenerator<RowOutcome> {
	const folder = prepareFolder();
	for (const row of rows) yield await runRow(row, { ...options, folder: join(folder, row.name) });
}
