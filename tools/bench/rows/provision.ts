// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CoreProcess, region, register, startCore } from "../core-process.js";
import { LedgerSupply, makeEntries } from "../ledger.js";
import { type Cost, cpuOf, runMeasured } from "../measured-process.js";
import { findProgram, firstLine, notInstalled } from "../programs.js";
import { type BenchRow, type Contender, compare, type RowContext } from "../row.js";

/** A run of so few tells what a start costs, which is no part of a certificate's cost. */
const few = 10;
const repetitions = 2,
	threads = 16;
/** The policy that `register` has created. */
const policy = "moddable-se050-try-out";

const env: NodeJS.ProcessEnv = {
	...process.env,
	AWS_ACCESS_KEY_ID: "any",
	AWS_SECRET_ACCESS_KEY: "any",
	AWS_REGION: region,
	AWS_DEFAULT_REGION: region,
	AWS_PAGER: "",
};
delete env["AWS_PROFILE"];

/** Provisions so many new certificates. */
type Provision = (count: number) => Promise<Cost>;

function contender(name: string, core: CoreProcess, certificates: number, provision: Provision): Contender {
	return {
		name,
		async measure() {
			const start = await provision(few);
			const before = cpuOf(core.process);
			const whole = await provision(few + certificates);
			const ofCore = (cpuOf(core.process) - before) / (few + certificates);
			return [(whole.cpu - start.cpu) / certificates, ofCore, (whole.wall - start.wall) / certificates].map(
				seconds => seconds * 1e3,
			);
		},
	};
}

function ownProvision({ controlUrl }: CoreProcess, supply: LedgerSupply, folder: string): Provision {
	const state = join(folder, "journal");
	const options = ["--any-issuer", "--endpoint-url", controlUrl, "--rate", "10000", "--state", state];
	return count =>
		runMeasured(
			[process.execPath, "tools/run.mjs", "provision", supply.takeFile(count), ...options, "--existing-policy", policy],
			{ env },
		);
}

function boto3(core: CoreProcess, supply: LedgerSupply, certificates: number): Contender {
	const name = `boto3, ${threads} threads`;
	const python = findProgram("python3");
	if (python === undefined || firstLine(python, ["-c", "import boto3; print(1)"]) === undefined)
		return { name, missing: notInstalled("python3-boto3") };
	const script = "tools/bench/peers/provision_boto3.py";
	return contender(name, core, certificates, count =>
		runMeasured([python, script, core.controlUrl, supply.takeFile(count), policy, String(threads)], { env }),
	);
}

/** The AWS CLI's commands for one certificate. */
async function provisionWithCli(
	aws: string,
	{ controlUrl }: CoreProcess,
	supply: LedgerSupply,
	folder: string,
): Promise<Cost[]> {
	const [entry] = supply.take(1);
	if (entry === undefined) throw new Error("The ledger is empty.");
	const { uid, thingName, certificateId, certificatePem } = entry;
	const file = join(folder, "certificate.pem");
	writeFileSync(file, certificatePem);
	const arn = `arn:aws:iot:${region}:123456789012:cert/${certificateId}`;
	const attributes = JSON.stringify({ attributes: { uid, certificateId } });
	const commands = [
		["create-thing", "--thing-name", thingName, "--attribute-payload", attributes],
		["register-certificate-without-ca", "--certificate-pem", `file://${file}`, "--status", "INACTIVE"],
		["attach-policy", "--policy-name", policy, "--target", arn],
		["attach-thing-principal", "--thing-name", thingName, "--principal", arn],
		["update-certificate", "--certificate-id", certificateId, "--new-status", "ACTIVE"],
	];
	const costs: Cost[] = [];
	for (const command of commands)
		costs.push(await runMeasured([aws, "--endpoint-url", controlUrl, "iot", ...command], { env }));
	return costs;
}

function awsCli(core: CoreProcess, supply: LedgerSupply, folder: string): Contender {
	const name = "a loop of aws, one certificate";
	const aws = findProgram("aws");
	if (aws === undefined) return { name, missing: notInstalled("awscli") };
	return {
		name,
		async measure() {
			const before = cpuOf(core.process);
			const costs = await provisionWithCli(aws, core, supply, folder);
			const sum = (of: (cost: Cost) => number) => costs.reduce((total, cost) => total + of(cost), 0);
			return [sum(({ cpu }) => cpu), cpuOf(core.process) - before, sum(({ wall }) => wall)].map(
				seconds => seconds * 1e3,
			);
		},
	};
}

/** So many certificates as the row takes from its supply. */
function neededEntries(certificates: number): number {
	const ofOneProgram = repetitions * (few + few + certificates);
	return certificates + 2 * ofOneProgram + repetitions;
}

async function measureProvision(context: RowContext): ReturnType<BenchRow["measure"]> {
	const { folder, certificates, advance } = context;
	const core = await startCore(context);
	await register(core.controlUrl);
	const supply = new LedgerSupply(folder, await makeEntries(neededEntries(certificates)));
	const provision = ownProvision(core, supply, folder);
	await provision(certificates); // iot-core is measured when its code is compiled
	const figures = await compare({
		quantities: [
			{ name: "CPU of the client, a certificate", unit: "ms", digits: 2, goal: "<= 3 ms" },
			{ name: "CPU of iot-core, a certificate", unit: "ms", digits: 2, goal: "<= 1.2 ms" },
			{ name: "wall time, a certificate", unit: "ms", digits: 2 },
		],
		contenders: [
			contender("npm run provision", core, certificates, provision),
			boto3(core, supply, certificates),
			awsCli(core, supply, folder),
		],
		repetitions,
		advance,
	});
	return {
		figures,
		notes: [
			`${certificates} certificates, each with a thing: five calls each. What a start of the program costs is subtracted, but not for aws, where each call is a start.`,
		],
	};
}

/** What an operator waits for. */
export const provisionRow: BenchRow = {
	name: "provision",
	what: "registering certificates with things, the same iot-core",
	measure: measureProvision,
};
