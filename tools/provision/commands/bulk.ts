// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { guard } from "../../lib/command-line.js";
import { addIssuerOptions, anyIssuerWarning, type IssuerOptions, issuerChoice } from "../../lib/issuer-options.js";
import { printJson } from "../../lib/json-lines.js";
import { printable } from "../../lib/printable.js";
import { userPath } from "../../lib/user-path.js";
import { BulkTask, type TaskProgress } from "../account/bulk-task.js";
import { systemClock } from "../account/clock.js";
import { FleetPolicies, policyOf } from "../account/policy.js";
import { RunError } from "../account/service-errors.js";
import { BulkInput, bulkTemplate } from "../bulk.js";
import { deviceNames } from "../identity.js";
import { ProvisionJournal } from "../journal.js";
import { checkDependencies, firstAlone } from "../preflight.js";
import { Provisioner } from "../provisioner.js";
import { addJobOptions, type JobOptions, runJob, sourcesHelp } from "./job.js";
import { type AccountOptions, accessAccount, addAccountOptions } from "./options.js";
import { addPolicyOptions, type PolicyOptions, policyChoice } from "./policy-options.js";

interface PrepareOptions extends JobOptions, PolicyOptions, IssuerOptions {
	out: string;
}

interface StartOptions extends AccountOptions {
	bucket: string;
	key: string;
	roleArn: string;
	template: string;
}

const files = { template: "provisioning-template.json", input: "things.ndjson" } as const;

/** Any UID: the fleet's policy has the same name for all. */
const anyUid = "0".repeat(36);

async function prepare(sources: readonly string[], options: PrepareOptions): Promise<void> {
	const { out, clientId: form, state, thingType } = options;
	if (form === "base64")
		throw new RunError(
			"AWS's bulk engine gives all devices one policy, and base64 client ids need one each: use --client-id base64url or hex, or npm run provision without bulk.",
		);
	const choice = policyChoice(options);
	const authorities = issuerChoice(options);
	if (!authorities) console.error(anyIssuerWarning);
	mkdirSync(out, { recursive: true });
	writeFileSync(
		join(out, files.template),
		bulkTemplate(policyOf(choice, deviceNames(anyUid, form), "arn").name, thingType),
	);
	const input = new BulkInput(join(out, files.input));
	const display = await runJob({
		sources,
		options,
		authorities,
		async begin({ api, view, endpoint, log, closing }) {
			const journal = await ProvisionJournal.open(state, endpoint);
			closing(() => journal.close());
			closing(() => input.close());
			const policies = new FleetPolicies(api, choice, name => log(`created the policy ${name}`));
			const dependencies = { api, policies, things: true, thingType };
			await checkDependencies(dependencies);
			const provisioner = new Provisioner({ ...dependencies, view, journal, adopt: false, registerOnly: true });
			return firstAlone((certificate, device) => provisioner.provision(certificate, device));
		},
		onReport({ result, certificate, device }) {
			if (result === "registered" && certificate && device) input.write(certificate, device);
		},
	});
	const registered = display.count("registered");
	if (options.json)
		return printJson("prepared", { registered, input: join(out, files.input), template: join(out, files.template) });
	console.log(`\n${registered === 1 ? "One certificate is" : `${registered} certificates are`} registered, INACTIVE. AWS's bulk engine makes their things and activates them:
  aws s3 cp ${join(out, files.input)} s3://BUCKET/${files.input}
  npm run provision -- bulk start --bucket BUCKET --key ${files.input} --role-arn ROLE --template ${join(out, files.template)}`);
}

const progressLine = ({ status, percent, succeeded, failed, message }: TaskProgress) =>
	printable([`${status}: ${percent} %, ${succeeded} done, ${failed} failed`, message].filter(Boolean).join(", "));

async function followToTheEnd(task: BulkTask, taskId: string, json: boolean): Promise<void> {
	const { status, failed } = await task.follow(taskId, progress =>
		json ? printJson("progress", { ...progress }) : console.log(progressLine(progress)),
	);
	if (status === "Completed" && failed === 0) return;
	const reports = await task.reports(taskId, "ERRORS");
	throw new RunError(
		[
			`The task ended with status ${status}; ${failed} failed. Reports of the errors, each a file to download:`,
			...reports.map(printable),
		].join("\n"),
	);
}

async function withTask(options: AccountOptions, body: (task: BulkTask) => Promise<void>): Promise<void> {
	const { api, client, close } = await accessAccount(options, line => console.error(line));
	return body(new BulkTask(client, api.caller, systemClock)).finally(close);
}

function readTemplate(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		throw new RunError(
			`The template cannot be read (${(error as Error).message}): npm run provision -- bulk prepare writes it.`,
		);
	}
}

function start(options: StartOptions): Promise<void> {
	const template = readTemplate(options.template);
	return withTask(options, async task => {
		const taskId = await task.start({ ...options, template });
		if (options.json) printJson("task", { taskId });
		else
			console.log(
				`task ${printable(taskId)}; if this program ends first: npm run provision -- bulk follow ${printable(taskId)}`,
			);
		await followToTheEnd(task, taskId, options.json);
	});
}

/** `provision bulk prepare|start|follow` */
export function addBulkCommand(parent: Command): void {
	const bulk = parent
		.command("bulk")
		.description("has AWS's bulk engine make things and activate certificates, for fleets too large for a call each");
	const prepared = bulk
		.command("prepare")
		.argument("[sources...]", sourcesHelp)
		.description("registers the sources' certificates, INACTIVE, and writes the engine's template and input")
		.option("--out <folder>", `where ${files.template} and ${files.input} go`, path => userPath(path), userPath("."));
	addIssuerOptions(prepared);
	addPolicyOptions(prepared);
	addJobOptions(prepared).action((sources: string[]) => guard(() => prepare(sources, prepared.opts<PrepareOptions>())));
	const started = bulk
		.command("start")
		.description("starts a registration task with an input that is in S3, and follows it")
		.requiredOption("--bucket <name>", "S3 bucket of the input")
		.requiredOption("--key <name>", "the input's key in it")
		.requiredOption("--role-arn <arn>", "role that AWS IoT may assume, with s3:GetObject on the input")
		.option("--template <file>", "the engine's template", path => userPath(path), userPath(files.template));
	addAccountOptions(started).action(() => guard(() => start(started.opts<StartOptions>())));
	const followed = bulk
		.command("follow")
		.argument("<task-id>", "the task")
		.description("follows a registration task to its end");
	addAccountOptions(followed).action((taskId: string) =>
		guard(() => {
			const options = followed.opts<AccountOptions>();
			return withTask(options, task => followToTheEnd(task, taskId, options.json));
		}),
	);
}
