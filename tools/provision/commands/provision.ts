import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import type { ClientIdForm } from "../../../modules/iot/identity.js";
import { guard, wholeNumber } from "../../command/run.js";
import { AccountView } from "../account-view.js";
import { systemClock } from "../clock.js";
import { Display } from "../display.js";
import { buildLine } from "../endpoint.js";
import { FailuresFile } from "../failures.js";
import { Journal } from "../journal.js";
import { checkTopics, defaultTopic, Policies, thingPlaceholder, type PolicyChoice } from "../policy.js";
import { Provisioner } from "../provisioner.js";
import { Remover } from "../remover.js";
import { run, type Report, type RunOptions } from "../run.js";
import { RunError } from "../service-errors.js";
import { missingSources, readSources, totalBytes } from "../sources/sources.js";
import { accessAccount, addAccountOptions, clientIdOption, concurrencyFor, type AccountOptions } from "./options.js";

interface Options extends AccountOptions {
	dryRun?: boolean;
	status?: boolean;
	remove?: boolean;
	yes?: boolean;
	clientId: ClientIdForm;
	topic?: string[];
	tryOutPolicy?: boolean;
	existingPolicy?: string;
	thing: boolean;
	thingType?: string;
	adopt?: boolean;
	requireUid?: boolean;
	state: string;
	failures?: string;
	baudRate: number;
	boardTime: number;
}

const collect = (value: string, earlier: string[] | undefined) => [...earlier ?? [], value];

function policyChoice({ topic = [defaultTopic], tryOutPolicy, existingPolicy }: Options): PolicyChoice {
	if (existingPolicy !== undefined)
		return { kind: "existing", name: existingPolicy };
	if (tryOutPolicy)
		return { kind: "try-out" };
	checkTopics(topic);
	return { kind: "thing", topics: topic };
}

async function checkSources(sources: readonly string[]): Promise<void> {
	if (sources.length === 0)
		throw new RunError("There is no source: name a serial port, PEM or DER files, folders, ledgers in CSV or NDJSON, or - for standard input (--help shows examples).");
	const missing = await missingSources(sources);
	if (missing.length > 0)
		throw new RunError(`There is no file, folder or port ${missing.join(", ")}: check the spelling; nothing was done.`);
}

function checkOptions({ dryRun, status, remove, thing, tryOutPolicy, existingPolicy }: Options): void {
	if ([dryRun, status, remove].filter(Boolean).length > 1)
		throw new RunError("Of --dry-run, --status and --remove, one at a time.");
	if (tryOutPolicy && existingPolicy !== undefined)
		throw new RunError("--try-out-policy and --existing-policy are two policies: give one.");
	if (!thing && !tryOutPolicy && existingPolicy === undefined)
		throw new RunError("The least-privilege policy lets a device in as the thing that its certificate is attached to: --no-thing goes with --try-out-policy or --existing-policy.");
}

async function confirmRemoval(endpoint: string, { yes }: Options): Promise<void> {
	if (yes)
		return;
	if (!process.stdin.isTTY)
		throw new RunError("--remove deactivates and deletes certificates: without a terminal to ask on, it needs --yes.");
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	const answer = await terminal.question(`Every certificate of these sources is deactivated and deleted from ${endpoint}, with its thing. Type "remove" to go on: `);
	terminal.close();
	if (answer.trim() !== "remove")
		throw new RunError("Nothing was removed.");
}

/** The first Ctrl-C lets what is under way finish; the second ends at once, which costs nothing but a look at the next start. */
function stopOnSignal(display: Display): AbortSignal {
	const controller = new AbortController();
	for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const)
		process.on(signal, () => {
			if (controller.signal.aborted)
				process.exit(status);
			process.exitCode = status;
			controller.abort();
			display.line("Stopping when the certificates under way are finished; once more: at once.");
		});
	return controller.signal;
}

/** What a board will call itself, and what it is provisioned as, must be one. */
function boardNotes({ candidate, device }: Report): string | undefined {
	const said = "certificate" in candidate ? candidate.board?.clientId : undefined;
	if (said === undefined || !device || said === device.clientId)
		return undefined;
	return `note: this board connects as ${said}, and is provisioned for the client id ${device.clientId}: build its firmware with the matching clientId=, or give the matching --client-id`;
}

type Work = RunOptions["work"];

function chooseWork(options: Options, provisioner: Provisioner, remover: Remover, view: AccountView): Work {
	if (options.status)
		return async ({ id }) => {
			const registered = await view.find(id);
			if (!registered)
				return { result: "absent" };
			return registered.status === "ACTIVE" ? { result: "active" } : { result: "inactive", note: registered.status };
		};
	if (options.dryRun)
		return async certificate => await provisioner.inspect(certificate) ?? { result: "planned" };
	if (options.remove)
		return (certificate, device) => remover.remove(certificate, device);
	return (certificate, device) => provisioner.provision(certificate, device);
}

function failuresPath({ failures, state }: Options): string {
	return failures ?? join(state, `failures-${new Date().toISOString().replace(/[:.]/g, "-")}.ndjson`);
}

async function provision(sources: readonly string[], options: Options): Promise<void> {
	checkOptions(options);
	await checkSources(sources);
	const choice = policyChoice(options);
	const { rate, state: folder, verbose = false, clientId: form, thing: things, thingType, adopt = false } = options;
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const access = accessAccount(options, line => display.line(line));
	const { api } = access;
	const total = await totalBytes(sources);
	const endpoint = await api.endpoint();
	if (options.remove)
		await confirmRemoval(endpoint, options);
	const journal = await Journal.open(folder, endpoint);
	const display = new Display({ total, verbose, terminal: Boolean(process.stderr.isTTY), print: line => console.log(line), now: systemClock.now });
	const view = new AccountView(api, folder, () => display.line("Listing the account's certificates …"));
	const policies = new Policies(api, choice, name => display.line(`created the policy ${name}`));
	const provisioner = new Provisioner({ api, view, journal, policies, adopt, things, thingType });
	const remover = new Remover({ api, view, journal });
	const failures = new FailuresFile(failuresPath(options));
	try {
		display.line(`AWS account of ${endpoint}`);
		await run({
			candidates: readSources(sources, { baudRate: options.baudRate, timeLimit: options.boardTime * 1_000 }),
			form, requireUid: options.requireUid ?? false, concurrency: concurrencyFor(rate), folder,
			work: chooseWork(options, provisioner, remover, view),
			signal: stopOnSignal(display),
			onReport(report) {
				display.report(report);
				const note = boardNotes(report);
				if (note)
					display.line(note);
				if (report.result === "failed")
					failures.write(report);
			},
		});
	}
	finally {
		for (const line of display.end())
			console.log(line);
		failures.close();
		await view.close();
		await journal.close();
		access.close();
	}
	if (display.count("provisioned") + display.count("completed") > 0)
		console.log(`\nTo build and flash the firmware for this account:\n  ${buildLine(endpoint, form)}`);
	if (failures.written)
		throw new RunError(`\n${display.count("failed")} failed: they are in ${failures.path}, with the reasons; mend it and give it as the source of the next run.`);
}

/** `provision <sources…>` */
export function addProvisionCommand(command: Command): void {
	command.argument("[sources...]", "serial ports, PEM and DER files, folders, CSV and NDJSON ledgers (uid,certificatePem), files of simulated chips, - for standard input")
		.option("--dry-run", "say what would be done, and change nothing in the account")
		.option("--status", "compare the sources with the account, and change nothing")
		.option("--remove", "take the sources' devices out of the account: deactivate, detach, delete")
		.option("--yes", "do not ask before --remove")
		.option("--client-id <form>", "how the firmware writes the UID as client id: base64url, base64, hex; base64 with + or / cannot be a thing's name, and costs a policy a device", clientIdOption, "base64url")
		.option("--topic <topic>", `a topic that the policy allows, ${thingPlaceholder} for the thing's name; may be repeated (default "${defaultTopic}")`, collect)
		.option("--try-out-policy", "attach the policy that allows everything, for a try-out, instead of least privilege")
		.option("--existing-policy <name>", "attach this policy of the account as it is")
		.option("--no-thing", "make no things")
		.option("--thing-type <name>", "type of the things; the account must have it")
		.option("--adopt", "complete and activate also what is registered and INACTIVE, or was registered otherwise")
		.option("--require-uid", "refuse certificates that do not name their chip's UID, instead of believing the ledger")
		.option("--state <folder>", "where the journal is kept", "state/provision")
		.option("--failures <file>", "where failures go (default: a new file in the state folder)")
		.option("--baud-rate <number>", "serial ports' speed, in bit/s", wholeNumber(1_200, 4_000_000), 115_200)
		.option("--board-time <seconds>", "how long a board may take to show its certificate", wholeNumber(1, 3_600), 60);
	addAccountOptions(command)
		.action((sources: string[], _options: unknown) => guard(() => provision(sources, command.opts<Options>())));
}
