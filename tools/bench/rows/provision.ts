// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CoreProcess, region, register, startCore } from "../core-process.js";
import { LedgerSupply, makeEntries } from "../ledger.js";
import { type Cost, cpuOf, runMeasured } from "../measured-process.js";
import { findProgram, firstLine, notInstalled } from "../programs.js";
import { type BenchRow, type Contender, compare, type RowContext } from "../row.js";

/** How many certificates the two runs of a contender have. */
interface Sizes {
	fewer: number;
	more: number;
}

/** Node compiles code while it runs, and thousands of certificates share that: the two runs differ after it. */
const sizesOnNode = (certificates: number): Sizes => ({ fewer: Math.ceil(certificates / 2), more: certificates });
/** Python does not: fewer will do. */
const sizesOnPython = (certificates: number): Sizes => ({ fewer: 10, more: 10 + Math.ceil(certificates / 4) });
const repetitions = 3,
	concurrency = 16;
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

/** Provisions this number of new certificates. */
type Provision = (count: number) => Promise<Cost>;

/** The client's cost of a certificate is what a run of more costs beyond a run of fewer, divided by the difference. */
function contender(name: string, core: CoreProcess, { fewer, more }: Sizes, provision: Provision): Contender {
	return {
		name,
		async measure() {
			const short = await provision(fewer);
			const before = cpuOf(core.process);
			const long = await provision(more);
			const ofCore = (cpuOf(core.process) - before) / more;
			const client = (long.cpu - short.cpu) / (more - fewer);
			return [client, ofCore, long.wall / more].map(seconds => seconds * 1e3);
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

/** A peer's program that takes URL, ledger, policy and concurrency. */
function peerProvision(command: readonly string[], { controlUrl }: CoreProcess, supply: LedgerSupply): Provision {
	return count => runMeasured([...command, controlUrl, supply.takeFile(count), policy, String(concurrency)], { env });
}

function byHand(core: CoreProcess, supply: LedgerSupply, certificates: number): Contender {
	const command = [process.execPath, "tools/bench/peers/provision-by-hand.mjs"];
	const name = `signed requests by hand on Node, ${concurrency} at a time`;
	return contender(name, core, sizesOnNode(certificates), peerProvision(command, core, supply));
}

function boto3(core: CoreProcess, supply: LedgerSupply, certificates: number): Contender {
	const name = `boto3, ${concurrency} threads`;
	const python = findProgram("python3");
	if (python === undefined || firstLine(python, ["-c", "import boto3; print(1)"]) === undefined)
		return { name, missing: notInstalled("python3-boto3") };
	const provision = peerProvision([python, "tools/bench/peers/provision_boto3.py"], core, supply);
	return contender(name, core, sizesOnPython(certificates), provision);
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

/** How many certificates the row takes from its supply. */
function neededEntries({ certificates, quick }: RowContext): number {
	const onNode = sizesOnNode(certificates),
		onPython = sizesOnPython(certificates);
	const ofOneRound = 2 * (onNode.fewer + onNode.more) + onPython.fewer + onPython.more + 1;
	return (quick ? 1 : repetitions) * ofOneRound;
}

async function measureProvision(context: RowContext): ReturnType<BenchRow["measure"]> {
	const { folder, certificates } = context;
	const core = await startCore(context);
	await register(core.controlUrl);
	const supply = new LedgerSupply(folder, await makeEntries(neededEntries(context)));
	const own = ownProvision(core, supply, folder);
	const figures = await compare(context, {
		quantities: [
			{ name: "CPU of the client, a certificate", unit: "ms", digits: 2, goal: "<= 3 ms" },
			{ name: "CPU of iot-core, a certificate", unit: "ms", digits: 2, goal: "<= 1.2 ms" },
			{ name: "wall time, a certificate", unit: "ms", digits: 2 },
		],
		contenders: [
			contender("npm run provision", core, sizesOnNode(certificates), own),
			boto3(core, supply, certificates),
			byHand(core, supply, certificates),
			awsCli(core, supply, folder),
		],
		repetitions,
	});
	return {
		figures,
		notes: [
			`Each certificate takes five calls. The client's CPU is that of a run of ${certificates} beyond a run of ${certificates / 2}, so that the program's start is not in it; with aws, each call is a start.`,
		],
	};
}

/** What an operator waits for. */
export const provisionRow: BenchRow = {
	name: "provision",
	what: "registering certificates with things, the same iot-core",
	measure: measureProvision,
};
