// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
	AttachThingPrincipalCommand,
	type Certificate,
	CreateThingCommand,
	DescribeThingCommand,
	GetPolicyCommand,
	IoTClient,
	ListAttachedPoliciesCommand,
	ListCertificatesCommand,
	ListPrincipalThingsCommand,
	ListPrincipalThingsV2Command,
	ListThingsCommand,
} from "@aws-sdk/client-iot";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type IotCore, type IotCoreOptions, startIotCore } from "../../../tools/iot-core/core.js";
import { startSimulator } from "../../../tools/se050-sim/simulator.js";
import { chip, chipKey, chipUid, type MadeChip } from "../../unit/provision/chips.js";
import { temporaryFolder } from "../../unit/provision/harness.js";
import { seeded } from "../../unit/provision/virtual-clock.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { type ProgramEnd, ProvisionProgram } from "./program.js";

interface Context {
	folder: string;
	core: IotCore;
	client: IoTClient;
	log: string[];
}

const test = suite<Context>("provision");

async function startCore(context: Context, options: Partial<IotCoreOptions> = {}): Promise<void> {
	context.log = [];
	context.core = await startIotCore({
		stateDir: await stateFolder(join(context.folder, "core")),
		devicePort: 0,
		controlPort: 0,
		log: line => context.log.push(line),
		...options,
	});
	const { controlUrl: endpoint, region } = context.core;
	context.client = new IoTClient({ endpoint, region, credentials: { accessKeyId: "local", secretAccessKey: "local" } });
}

/** Another one in the place of the one that runs. */
async function restartCore(context: Context, options: Partial<IotCoreOptions>): Promise<void> {
	context.client.destroy();
	await context.core.close();
	await startCore(context, options);
}

test.before.each(context => {
	context.folder = temporaryFolder();
	return startCore(context);
});

test.after.each(async ({ core, client }) => {
	client.destroy();
	await core.close();
});

function provision({ core, folder }: Context, args: readonly string[], input?: string): ProvisionProgram {
	return new ProvisionProgram([...args, "--rate", "500", "--state", join(folder, "provision")], core, input);
}

function ledger({ folder }: Context, chips: readonly MadeChip[], ...more: string[]): string {
	const path = join(folder, "ledger.ndjson");
	const lines = chips.map(({ uid, pem }) => JSON.stringify({ uid, certificatePem: pem }));
	writeFileSync(path, [...lines, ...more].map(line => `${line}\n`).join(""));
	return path;
}

async function certificates({ client }: Context): Promise<Certificate[]> {
	const all: Certificate[] = [];
	for (let marker: string | undefined, more = true; more; more = marker !== undefined) {
		const page = await client.send(new ListCertificatesCommand({ pageSize: 250, marker }));
		all.push(...(page.certificates ?? []));
		marker = page.nextMarker;
	}
	return all;
}

async function thingNames({ client }: Context): Promise<string[]> {
	const names: string[] = [];
	for (let nextToken: string | undefined, more = true; more; more = nextToken !== undefined) {
		const page = await client.send(new ListThingsCommand({ maxResults: 250, nextToken }));
		names.push(...(page.things ?? []).map(({ thingName = "" }) => thingName));
		nextToken = page.nextToken;
	}
	return names;
}

async function assertProvisioned(context: Context, count: number): Promise<void> {
	const all = await certificates(context);
	assert.is(all.length, count);
	assert.equal([...new Set(all.map(({ status }) => status))], ["ACTIVE"]);
	for (const { certificateArn: target } of all) {
		const { policies } = await context.client.send(new ListAttachedPoliciesCommand({ target }));
		assert.is(policies?.length, 1);
		assert.match(String(policies?.[0]?.policyName), /^moddable-se050-thing-[0-9a-f]{8}$/);
		const { things } = await context.client.send(new ListPrincipalThingsCommand({ principal: target }));
		assert.is(things?.length, 1);
	}
	assert.is((await thingNames(context)).length, count);
}

function assertEnded({ status, output, errors }: ProgramEnd, expected: number): void {
	assert.is(status, expected, `${output}\n${errors}`);
}

/** So many that the program lists the account, after the first 64 certificates that it asks for one by one. */
const several = 72;

test("a ledger is provisioned, compared, found again, and removed", async context => {
	const path = ledger(
		context,
		Array.from({ length: several }, (_, index) => chip(index)),
	);
	const first = await provision(context, [path]).ended;
	assertEnded(first, 0);
	assert.match(first.output, new RegExp(` ${several}  provisioned`));
	await assertProvisioned(context, several);
	assert.match((await provision(context, [path]).ended).output, new RegExp(` ${several}  already registered`));
	const status = await provision(context, [path, "--status"]).ended;
	assert.match(status.output, new RegExp(` ${several}  ACTIVE\n.*\n +0  in the account, and not in these sources`));
	assert.equal(refusedWrites(context.log), []);
	assertEnded(await provision(context, [path, "--remove", "--yes"]).ended, 0);
	assert.equal([await certificates(context), await thingNames(context)], [[], []]);
	assert.equal(refusedWrites(context.log), []);
});

test("an impostor's certificate with the chip's UID is refused, before and after the chip's own, and with --any-issuer too once the chip is there", async context => {
	const genuine = chip(0),
		impostor = chip(0, { signer: chipKey });
	const before = await provision(context, [ledger(context, [impostor])]).ended;
	assertEnded(before, 1);
	assert.match(before.output, /FAILED: .* does not have that CA's signature/);
	assert.equal(await thingNames(context), []);
	assertEnded(await provision(context, [ledger(context, [impostor, genuine])]).ended, 1);
	await assertProvisioned(context, 1);
	const other = new ProvisionProgram(
		[ledger(context, [impostor]), "--any-issuer", "--state", join(context.folder, "elsewhere")],
		context.core,
	);
	const after = await other.ended;
	assertEnded(after, 1);
	assert.match(after.errors, /warning: --any-issuer/);
	assert.match(after.output, /FAILED: the thing \S+ already belongs to arn:/);
	await assertProvisioned(context, 1);
});

test("the thing has the chip's UID and its certificate's id", async context => {
	const { uid, pem, der } = chip(0);
	assertEnded(await provision(context, ["-"], JSON.stringify({ uid, certificatePem: pem })).ended, 0);
	const [thingName] = await thingNames(context);
	assert.is(thingName, Buffer.from(uid, "hex").toString("base64url"));
	const { attributes } = await context.client.send(new DescribeThingCommand({ thingName }));
	assert.equal(attributes, { uid, "moddable-se050-certificate": createHash("sha256").update(der).digest("hex") });
});

test("a client id that no thing may have as its name gets a thing for itself alone, and a policy of its own", async context => {
	const uid = Buffer.from("BABQAYZBuu6b9x4EJzPSPh+Q", "base64").toString("hex");
	assertEnded(await provision(context, [ledger(context, [chip(0, { uid })]), "--client-id", "base64"]).ended, 0);
	const [{ certificateArn: principal } = {}] = await certificates(context);
	const { principalThingObjects } = await context.client.send(new ListPrincipalThingsV2Command({ principal }));
	assert.equal(principalThingObjects, [
		{ thingName: "BABQAYZBuu6b9x4EJzPSPh-Q", thingPrincipalType: "EXCLUSIVE_THING" },
	]);
	await context.client.send(new CreateThingCommand({ thingName: "other" }));
	const second = await context.client
		.send(new AttachThingPrincipalCommand({ thingName: "other", principal }))
		.catch((error: Error) => error);
	assert.is((second as Error).name, "InvalidRequestException");
	const { policies: [policy] = [] } = await context.client.send(new ListAttachedPoliciesCommand({ target: principal }));
	const { policyDocument = "" } = await context.client.send(new GetPolicyCommand({ policyName: policy?.policyName }));
	assert.match(policyDocument, ':client/BABQAYZBuu6b9x4EJzPSPh+Q"');
});

/** Writes that were refused, without the two that ask at the beginning of a run whether the caller may write. */
function refusedWrites(log: readonly string[]): string[] {
	const refused = log.filter(line => line.includes("Exception") && !line.includes("GET "));
	const questions = [/register-no-ca.*Exception/, /PUT \/certificates\/.*NotFound/];
	return refused.filter(line => {
		const index = questions.findIndex(question => question.test(line));
		if (index >= 0) questions.splice(index, 1);
		return index < 0;
	});
}

const throttled = (log: readonly string[]) => log.filter(line => line.includes("ThrottlingException")).length;

test("at a rate below AWS', no call is throttled", async context => {
	await restartCore(context, { throttle: 10 });
	const path = ledger(
		context,
		Array.from({ length: 60 }, (_, index) => chip(index)),
	);
	assertEnded(
		await new ProvisionProgram([path, "--rate", "80", "--state", join(context.folder, "provision")], context.core)
			.ended,
		0,
	);
	assert.is(throttled(context.log), 0);
	await restartCore(context, {});
	await assertProvisioned(context, 60);
});

/** A control plane that throttles every third call, whenever it comes, and hands on the others. */
async function throttleEveryThird({
	controlUrl,
}: IotCore): Promise<{ url: string; throttled(): number; close(): void }> {
	let calls = 0,
		throttled = 0;
	const server = createServer((request, response) => {
		calls += 1;
		if (calls % 3 === 0) {
			throttled += 1;
			request.resume();
			response.writeHead(400, { "x-amzn-errortype": "ThrottlingException", "content-type": "application/json" });
			response.end('{"message":"Rate exceeded"}');
			return;
		}
		const headers = { ...request.headers, host: new URL(controlUrl).host };
		const onward = httpRequest(new URL(request.url ?? "/", controlUrl), { method: request.method, headers }, answer => {
			response.writeHead(answer.statusCode ?? 500, answer.headers);
			answer.pipe(response);
		});
		onward.on("error", () => response.destroy());
		request.pipe(onward);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		throttled: () => throttled,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

test("when calls are throttled, the ledger is provisioned all the same", async context => {
	const path = ledger(
		context,
		Array.from({ length: 8 }, (_, index) => chip(index)),
	);
	const slow = await throttleEveryThird(context.core);
	const args = [path, "--rate", "400", "--state", join(context.folder, "provision")];
	const ended = await new ProvisionProgram(args, { controlUrl: slow.url, region: context.core.region }).ended;
	slow.close();
	assertEnded(ended, 0);
	assert.ok(slow.throttled() >= 12, `${slow.throttled()} calls throttled`);
	assert.equal(refusedWrites(context.log), []);
	await assertProvisioned(context, 8);
});

test("what is wrong with a ledger is reported with file and line, the rest is provisioned, and the failures are a source", async context => {
	const good = chip(0);
	const expired = chip(7, { notAfter: new Date("2024-01-01T00:00:00Z") });
	const foreign = JSON.stringify({ uid: chipUid(8), certificatePem: chip(9).pem });
	const long = JSON.stringify({ uid: chipUid(8), certificatePem: "A".repeat(10_000_000) });
	const path = ledger(
		context,
		[good, expired, good],
		foreign,
		"{",
		long,
		JSON.stringify({ uid: chipUid(1), certificatePem: chip(1).pem }),
	);
	const run = await provision(context, [path]).ended;
	assertEnded(run, 1);
	for (const [line, reason] of [
		[2, "FAILED: it expired"],
		[3, "duplicate: "],
		[4, "FAILED: it is another chip's"],
		[5, "FAILED: the line is not JSON"],
		[6, "FAILED: the line has more than"],
	] as const)
		assert.ok(
			run.output.split("\n").some(text => text.startsWith(`${path}:${line} `) && text.includes(reason)),
			`line ${line}: ${run.output}`,
		);
	await assertProvisioned(context, 2);
	const [failures = ""] = readdirSync(join(context.folder, "provision")).filter(name => name.startsWith("failures-"));
	const again = await provision(context, [join(context.folder, "provision", failures)]).ended;
	assertEnded(again, 1);
	assert.match(again.output, / 4 {2}failed/);
});

test("a dry run changes nothing in the account", async context => {
	const run = await provision(context, [ledger(context, [chip(0)]), "--dry-run"]).ended;
	assertEnded(run, 0);
	assert.match(run.output, /would be provisioned/);
	assert.is((await certificates(context)).length, 0);
});

test("a ledger comes through standard input", async context => {
	const { uid, pem } = chip(0);
	assertEnded(await provision(context, ["-"], JSON.stringify({ uid, certificatePem: pem })).ended, 0);
	await assertProvisioned(context, 1);
});

/** Kills a program when so many more certificates are registered; leaves it alone when it ends before. */
async function killAfter(context: Context, program: ProvisionProgram, more: number): Promise<ProgramEnd> {
	const before = (await certificates(context)).length;
	let ended: ProgramEnd | undefined;
	void program.ended.then(end => {
		ended = end;
	});
	while (!ended && (await certificates(context)).length < before + more) await delay(20);
	program.kill();
	return program.ended;
}

test("killed with kill -9 again and again, the ledger is provisioned in the end, and nothing was asked for twice that AWS refuses", async context => {
	const seed = Date.now() % 1_000_000,
		random = seeded(seed);
	console.log(`killed at moments of seed ${seed}`);
	const path = ledger(
		context,
		Array.from({ length: 80 }, (_, index) => chip(index)),
	);
	let kills = 0;
	for (let ended: ProgramEnd | undefined; ended?.status !== 0; kills++) {
		assert.ok(kills < 100, "it does not come to an end");
		ended = await killAfter(context, provision(context, [path]), 1 + Math.floor(random() * 20));
		assert.ok(ended.status === 0 || ended.status === null, `${ended.output}\n${ended.errors}`);
	}
	assert.ok(kills > 2, "it was never killed");
	await assertProvisioned(context, 80);
	assert.equal(
		context.log.filter(line => /AlreadyExists|Conflict|State/.test(line)),
		[],
	);
});

test("two runs at once do not share the account's journal", async context => {
	const path = ledger(
		context,
		Array.from({ length: 120 }, (_, index) => chip(index)),
	);
	const one = new ProvisionProgram([path, "--rate", "10", "--state", join(context.folder, "provision")], context.core);
	while ((await certificates(context)).length === 0) await delay(50);
	const other = await provision(context, [path]).ended;
	one.kill();
	await one.ended;
	assertEnded(other, 1);
	assert.match(other.errors, /is provisioning this account already/);
});

test("Ctrl-C finishes what is under way, and the next run does the rest", async context => {
	const path = ledger(
		context,
		Array.from({ length: several }, (_, index) => chip(index)),
	);
	const program = new ProvisionProgram(
		[path, "--rate", "20", "--state", join(context.folder, "provision")],
		context.core,
	);
	while ((await certificates(context)).length < 5) await delay(50);
	program.child.kill("SIGINT");
	const stopped = await program.ended;
	assertEnded(stopped, 130);
	assert.equal([...new Set((await certificates(context)).map(({ status }) => status))], ["ACTIVE"]);
	assertEnded(await provision(context, [path]).ended, 0);
	await assertProvisioned(context, several);
});

test("a simulated chip is provisioned from its file", async context => {
	const stateFile = join(context.folder, "chip.json");
	const simulator = await startSimulator({
		stateFile,
		listen: { path: join(context.folder, "chip.sock") },
		clock: "real",
	});
	const run = await provision(context, [stateFile, "--ca", join(context.folder, "manufacturer.json")]).ended;
	await simulator.close();
	assertEnded(run, 0);
	await assertProvisioned(context, 1);
});

test("the endpoint, and the line that builds the firmware for it", async context => {
	const { output } = await new ProvisionProgram(["endpoint"], context.core).ended;
	assert.is(output.split("\n")[0], context.core.endpoint);
	assert.match(
		output,
		`mcconfig -d -m -p esp32 ssid=NAME password=PASSWORD endpoint=${context.core.endpoint} clientId=base64url topic=dev/{clientId}/echo address=ADDRESS port=PORT trustedRoots=ROOTS\n`,
	);
	assert.match(output, /This control plane is not AWS\..*npm run iot-core -- --listen ADDRESS prints/);
});

test("bulk: certificates are registered INACTIVE, and AWS' engine makes the rest", async context => {
	const out = join(context.folder, "bulk"),
		bucket = join(context.folder, "s3", "fleet");
	const args = [
		"bulk",
		"prepare",
		ledger(context, [chip(0), chip(1)]),
		"--out",
		out,
		"--state",
		join(context.folder, "provision"),
	];
	assertEnded(await new ProvisionProgram(args, context.core).ended, 0);
	assert.equal(
		(await certificates(context)).map(({ status }) => status),
		["INACTIVE", "INACTIVE"],
	);
	await restartCore(context, { objectsDir: join(context.folder, "s3") });
	mkdirSync(bucket, { recursive: true });
	copyFileSync(join(out, "things.ndjson"), join(bucket, "things.ndjson"));
	const start = [
		"bulk",
		"start",
		"--bucket",
		"fleet",
		"--key",
		"things.ndjson",
		"--role-arn",
		"arn:aws:iam::123456789012:role/bulk",
		"--template",
		join(out, "provisioning-template.json"),
	];
	const run = await new ProvisionProgram(start, context.core).ended;
	assertEnded(run, 0);
	assert.match(run.output, /Completed: 100 %, 2 done, 0 failed/);
	await assertProvisioned(context, 2);
});

test("bulk: a line that fails is reported with the report's address", async context => {
	const out = join(context.folder, "bulk"),
		bucket = join(context.folder, "core", "s3", "fleet");
	assertEnded(
		await new ProvisionProgram(
			["bulk", "prepare", ledger(context, [chip(0)]), "--out", out, "--state", join(context.folder, "provision")],
			context.core,
		).ended,
		0,
	);
	mkdirSync(bucket, { recursive: true });
	writeFileSync(
		join(bucket, "things.ndjson"),
		`${JSON.stringify({ ThingName: "a", CertificateId: "ab".repeat(32), Uid: "01" })}\n`,
	);
	const start = [
		"bulk",
		"start",
		"--bucket",
		"fleet",
		"--key",
		"things.ndjson",
		"--role-arn",
		"arn:aws:iam::123456789012:role/bulk",
		"--template",
		join(out, "provisioning-template.json"),
	];
	const run = await new ProvisionProgram(start, context.core).ended;
	assertEnded(run, 1);
	assert.match(run.errors, /The task ended with status Completed; 1 failed/);
	const [report = ""] = /file:\S+/.exec(run.errors) ?? [];
	assert.is(JSON.parse(readFileSync(new URL(report), "utf8")).errorCode, "ResourceNotFoundException");
});

for (const [name, args, reason] of [
	["no source", [], "There is no source"],
	["a source that does not exist", ["/nowhere.pem"], "There is no file, folder or port /nowhere.pem"],
	["a removal without being asked", ["/dev/null.pem", "--remove", "--status"], "exclude each other"],
	["no word about the issuer", ["x.pem", "--dry-run", "--ca", "/nowhere.pem"], "/nowhere.pem cannot be read"],
	["two words about the issuer", ["x.pem", "--ca", "a", "--any-issuer"], "contradict each other"],
	["a topic with a wildcard", ["x", "--topic", "a/#"], "is not a topic"],
	["no thing with the thing's policy", ["x", "--no-thing"], "use --no-thing with"],
	["two policies", ["x", "--try-out-policy", "--existing-policy", "y"], "give one of them"],
	["a rate of nothing", ["x", "--rate", "0"], "whole number"],
	["an unknown client id", ["x", "--client-id", "ascii"], "one of base64, base64url, hex"],
	["an unknown option", ["x", "--bogus"], "unknown option"],
] as const) {
	test(`${name} ends with one sentence and a status`, async context => {
		const run = await new ProvisionProgram([...args, "--state", join(context.folder, "provision")], context.core).ended;
		assert.is.not(run.status, 0);
		assert.match(run.errors, reason);
		assert.not.match(run.errors, / at .*\.ts:/);
	});
}

test("an account that cannot be reached is reported within seconds", async context => {
	const run = await new ProvisionProgram(["endpoint"], {
		controlUrl: "http://127.0.0.1:1",
		region: context.core.region,
	}).ended;
	assert.is(run.status, 1);
	assert.match(run.errors, /DescribeEndpoint: ECONNREFUSED/);
});

test.run();
