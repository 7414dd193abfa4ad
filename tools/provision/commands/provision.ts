// SPDX-License-Identifier: MIT
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import type { Authorities } from "../../lib/authorities.js";
import { guard } from "../../lib/command-line.js";
import { addIssuerOptions, anyIssuerWarning, type IssuerOptions, issuerChoice } from "../../lib/issuer-options.js";
import { printJson } from "../../lib/json-lines.js";
import type { AccountView } from "../account/account-view.js";
import { buildLine, localNote, topicSetting } from "../account/endpoint.js";
import { FleetPolicies } from "../account/policy.js";
import { RunError } from "../account/service-errors.js";
import { ProvisionJournal } from "../journal.js";
import { checkDependencies, checkRights, firstAlone } from "../preflight.js";
import { Provisioner } from "../provisioner.js";
import { Remover } from "../remover.js";
import type { ProvisionRunOptions } from "../run.js";
import { addJobOptions, type Context, type JobOptions, runJob, sourcesHelp } from "./job.js";
import { addPolicyOptions, type PolicyOptions, policyChoice } from "./policy-options.js";

interface Options extends JobOptions, PolicyOptions, IssuerOptions {
	dryRun?: boolean;
	status?: boolean;
	remove?: boolean;
	yes?: boolean;
	thing: boolean;
	adopt?: boolean;
}

type Work = ProvisionRunOptions["work"];

function checkOptions({ dryRun, status, remove, thing, tryOutPolicy, existingPolicy }: Options): void {
	if ([dryRun, status, remove].filter(Boolean).length > 1)
		throw new RunError("--dry-run, --status and --remove exclude each other: give one of them.");
	if (!thing && !tryOutPolicy && existingPolicy === undefined)
		throw new RunError(
			"The least-privilege policy lets a device connect only as the thing that its certificate is attached to: use --no-thing with --try-out-policy or --existing-policy.",
		);
}

async function confirmRemoval(endpoint: string, { yes }: Options): Promise<void> {
	if (yes) return;
	if (!process.stdin.isTTY)
		throw new RunError("--remove deactivates and deletes certificates: without a terminal to ask on, it needs --yes.");
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	const answer = await terminal.question(
		`Every certificate of these sources is deactivated and deleted from ${endpoint}, with its thing. Type "remove" to go on: `,
	);
	terminal.close();
	if (answer.trim() !== "remove") throw new RunError("Nothing was removed.");
}

function statusWork(view: AccountView): Work {
	return async ({ id }) => {
		const registered = await view.find(id);
		if (!registered) return { result: "absent" };
		return registered.status === "ACTIVE" ? { result: "active" } : { result: "inactive", note: registered.status };
	};
}

async function chooseWork(options: Options, { api, view, endpoint, log, closing }: Context): Promise<Work> {
	if (options.status) return statusWork(view);
	const { remove, dryRun, state, adopt = false, thing: things, thingType } = options;
	if (remove) await confirmRemoval(endpoint, options);
	const journal = await ProvisionJournal.open(state, endpoint);
	closing(() => journal.close());
	if (remove) {
		const remover = new Remover({ api, view, journal, adopt });
		return (certificate, device) => remover.remove(certificate, device);
	}
	const policies = new FleetPolicies(api, policyChoice(options), name => log(`created the policy ${name}`));
	const dependencies = { api, policies, things, thingType };
	await checkDependencies(dependencies);
	const provisioner = new Provisioner({
		...dependencies,
		view,
		journal,
		adopt,
		beforeFirstWrite: certificate => checkRights(dependencies, certificate),
	});
	if (dryRun)
		return async (certificate, device) => (await provisioner.inspect(certificate, device)) ?? { result: "planned" };
	return firstAlone((certificate, device) => provisioner.provision(certificate, device));
}

/** Whose certificates are believed. Nothing that `--status` and `--remove` do depends on that. */
function chooseAuthorities(options: Options): Authorities | undefined {
	if (options.status || options.remove) return undefined;
	const authorities = issuerChoice(options);
	if (!authorities) console.error(anyIssuerWarning);
	return authorities;
}

/** How many certificates the account has that the sources do not. */
async function tellOthers({ view }: Context, found: number, json: boolean): Promise<void> {
	const size = await view.size();
	if (size === undefined) return;
	if (json) printJson("others", { count: size - found });
	else console.log(`${String(size - found).padStart(8)}  in the account, and not in these sources`);
}

async function provision(sources: readonly string[], options: Options): Promise<void> {
	checkOptions(options);
	const choice = policyChoice(options);
	const authorities = chooseAuthorities(options);
	const things: string[] = [];
	let endpoint = "",
		ofAws = true,
		registered = 0;
	const display = await runJob({
		sources,
		options,
		authorities,
		begin(context) {
			({ endpoint, ofAws } = context);
			if (options.status) context.closing(() => tellOthers(context, registered, options.json));
			return chooseWork(options, context);
		},
		onReport({ result, device }) {
			registered += result === "active" || result === "inactive" ? 1 : 0;
			if (device && things.length < 2) things.push(device.thingName);
		},
	});
	const [thing] = things.length === 1 ? things : [];
	if (display.count("provisioned") + display.count("completed") === 0) return;
	const build = buildLine(endpoint, options.clientId, topicSetting(choice, options.clientId, thing), ofAws);
	if (options.json) printJson("endpoint", { endpoint, buildLine: build });
	else console.log(`\nTo build and flash the firmware for this account:\n  ${build}${ofAws ? "" : `\n${localNote}`}`);
}

/** `provision <sources…>` */
export function addProvisionCommand(command: Command): void {
	command
		.argument("[sources...]", sourcesHelp)
		.option("--dry-run", "say what would be done, and change nothing in the account")
		.option("--status", "compare the sources with the account, and change nothing")
		.option("--remove", "take the sources' devices out of the account: deactivate, detach, delete")
		.option("--yes", "do not ask before --remove")
		.option("--no-thing", "make no things")
		.option(
			"--adopt",
			"also complete, activate or (with --remove) delete what this program did not register, and use things that it did not make",
		);
	addIssuerOptions(command);
	addPolicyOptions(command);
	addJobOptions(command).action((sources: string[]) => guard(() => provision(sources, command.opts<Options>())));
}
