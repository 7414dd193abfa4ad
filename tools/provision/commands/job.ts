// SPDX-License-Identifier: MIT
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { ClientIdForm } from "../../../app/identity.js";
import type { Authorities } from "../../lib/authorities.js";
import { wholeNumber } from "../../lib/command-line.js";
import { printable } from "../../lib/printable.js";
import { userPath } from "../../lib/user-path.js";
import { clockNote } from "../account/access.js";
import { AccountView } from "../account/account-view.js";
import { clockOffset, isAws } from "../account/client.js";
import { systemClock } from "../account/clock.js";
import type { IotApi } from "../account/iot-api.js";
import { RunError } from "../account/service-errors.js";
import { ProvisionDisplay } from "../display.js";
import { FailuresFile } from "../failures.js";
import { type CandidateReport, type ProvisionRunOptions, runCandidates } from "../run.js";
import { missingSources, readSources, standardInput, totalBytes } from "../sources/sources.js";
import { type AccountOptions, accessAccount, addAccountOptions, clientIdOption, concurrencyFor } from "./options.js";

/** Options of the commands that go through sources. */
export interface JobOptions extends AccountOptions {
	clientId: ClientIdForm;
	requireUid?: boolean;
	state: string;
	failures?: string;
	baudRate?: number;
	boardTime: number;
}

/** What a command works with. */
export interface Context {
	api: IotApi;
	view: AccountView;
	/** The account's device endpoint: its name identifies account and region. */
	endpoint: string;
	/** Whether the account is in AWS, and not in a control plane of one's own. */
	ofAws: boolean;
	/** A line for the person. */
	log(line: string): void;
	/** Has something closed at the end of the job, whatever that end is. */
	closing(close: () => unknown): void;
}

export interface SourceJob {
	sources: readonly string[];
	options: JobOptions;
	/** The CAs that issued the chips' certificates; undefined when any issuer is believed. */
	authorities?: Authorities;
	/** Begins; returns what is done with each certificate. */
	begin(context: Context): Promise<ProvisionRunOptions["work"]>;
	/** Called with each candidate. */
	onReport?(report: CandidateReport): void;
}

export const sourcesHelp =
	"serial ports, PEM and DER files, folders, CSV and NDJSON ledgers (uid,certificatePem), files of simulated chips, - for standard input";

export function addJobOptions(command: Command): Command {
	command
		.option(
			"--client-id <form>",
			"how the firmware writes the UID as client id: base64url, base64, hex; base64 with + or / cannot be a thing's name, and costs a policy a device",
			clientIdOption,
			"base64url",
		)
		.option("--require-uid", "refuse certificates that do not name their chip's UID, instead of believing the ledger")
		.option("--state <folder>", "where the journal is kept", path => userPath(path), "state/provision")
		.option("--failures <file>", "where failures go (default: a new file in the state folder)", path => userPath(path))
		.option(
			"--baud-rate <number>",
			"speed of serial ports, in bits per second (default: that of the build on the board)",
			wholeNumber(1_200, 4_000_000),
		)
		.option("--board-time <seconds>", "how long a board may take to show its certificate", wholeNumber(1, 3_600), 60);
	return addAccountOptions(command);
}

async function checkSources(sources: readonly string[]): Promise<void> {
	if (sources.length === 0)
		throw new RunError(
			"There is no source: name a serial port, PEM or DER files, folders, ledgers in CSV or NDJSON, or - for standard input (--help shows examples).",
		);
	const missing = await missingSources(sources);
	if (missing.length > 0)
		throw new RunError(`There is no file, folder or port ${missing.join(", ")}: check the spelling; nothing was done.`);
}

function prepareFolder(folder: string): void {
	try {
		mkdirSync(folder, { recursive: true, mode: 0o700 });
	} catch (error) {
		throw new RunError(`The state folder cannot be made: ${(error as Error).message}. Give another one with --state.`);
	}
}

/** The first Ctrl-C lets what is under way finish; the second ends immediately, which costs the next start a few look-ups. */
function stopOnSignal(log: (line: string) => void): AbortSignal {
	const controller = new AbortController();
	for (const [signal, status] of [
		["SIGINT", 130],
		["SIGTERM", 143],
	] as const)
		process.on(signal, () => {
			if (controller.signal.aborted) process.exit(status);
			process.exitCode = status;
			controller.abort();
			log("Stopping when the certificates under way are finished. Press Ctrl-C again to stop immediately.");
		});
	return controller.signal;
}

/** What a board will call itself, and what it is provisioned as, must be one. */
function boardNote({ candidate, device }: CandidateReport): string | undefined {
	const said = "certificate" in candidate ? candidate.board?.clientId : undefined;
	if (said === undefined || !device || said === device.clientId) return undefined;
	return `note: this board connects as ${printable(said)}, and is provisioned for the client id ${device.clientId}: build its firmware with the matching clientId=, or give the matching --client-id`;
}

function failuresPath({ failures, state }: JobOptions): string {
	return failures ?? join(state, `failures-${new Date().toISOString().replace(/[:.]/g, "-")}.ndjson`);
}

/**
 * Goes through sources, shows it, keeps failures.
 * @returns what was shown, with its counts
 * @throws RunError when the job cannot go on, or something failed
 */
export async function runJob({
	sources: given,
	options,
	authorities,
	begin,
	onReport,
}: SourceJob): Promise<ProvisionDisplay> {
	const sources = given.map(source => (source === standardInput ? source : userPath(source)));
	await checkSources(sources);
	const { state: folder, verbose = false, rate, clientId: form, requireUid = false, baudRate, boardTime } = options;
	prepareFolder(folder);
	const total = await totalBytes(sources);
	const failures = new FailuresFile(failuresPath(options));
	const display = new ProvisionDisplay({
		total,
		verbose,
		json: options.json,
		terminal: Boolean(process.stderr.isTTY),
		print: line => console.log(line),
		now: systemClock.now,
	});
	const log = (line: string) => display.line(line);
	const { api, client, close } = await accessAccount(options, log);
	const view = new AccountView(api, folder, () => log("Listing the account's certificates …"));
	const closing: (() => unknown)[] = [close, () => view.close(), () => failures.close()];
	try {
		const endpoint = await api.endpoint();
		log(`AWS account of ${endpoint}`);
		const note = clockNote(clockOffset(client));
		if (note) log(note);
		const work = await begin({
			api,
			view,
			endpoint,
			ofAws: isAws(client),
			log,
			closing: last => closing.push(last),
		});
		display.start();
		await runCandidates({
			candidates: readSources(sources, {
				baudRate,
				timeLimit: boardTime * 1_000,
				onNote: text => log(printable(text)),
			}),
			form,
			requireUid,
			authorities,
			concurrency: concurrencyFor(rate),
			folder,
			today: () => Date.now() + clockOffset(client),
			work,
			signal: stopOnSignal(log),
			onReport(report) {
				display.report(report);
				const note = boardNote(report);
				if (note) log(note);
				if (report.result === "failed") failures.write(report);
				onReport?.(report);
			},
		});
	} finally {
		for (const line of display.end()) console.log(line);
		for (const last of closing.reverse()) await last();
	}
	if (failures.written)
		throw new RunError(
			`\n${display.count("failed")} failed. ${failures.path} has what failed, with the reasons: correct it there, and give the file as the source of the next run.`,
		);
	return display;
}
