// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "../../build/build.js";
import { trustedRoots } from "../../device/roots.js";
import { type CoreProcess, makeDevice, register, startCore } from "../core-process.js";
import { type InstructionCounter, instructionCounter } from "../instructions.js";
import { runMeasured } from "../measured-process.js";
import { echoByHand, opensslCommand } from "../openssl-client.js";
import { findProgram, notInstalled } from "../programs.js";
import { startRegisteredChip } from "../registered-chip.js";
import { type BenchFigure, type BenchRow, type Contender, compare, type RowContext } from "../row.js";

const echoes = 2,
	repetitions = 10,
	countedRepetitions = 3;

/** A program that makes one connection, or why there is none. */
type Client =
	| { name: string; missing: string }
	| { name: string; command: readonly string[]; converse?: typeof echoByHand };

/** The firmware, and the address of its chip; the chip and the broker are other processes than the one that is measured. */
async function firmware(context: RowContext, core: CoreProcess): Promise<Client> {
	const { executable, modules } = await build();
	const bus = await startRegisteredChip(context, core);
	const config = JSON.stringify({
		endpoint: core.endpoint,
		port: core.devicePort,
		address: "127.0.0.1",
		trustedRoots: trustedRoots(core.rootCaFile),
		bus,
		messages: echoes,
	});
	return { name: "firmware", command: [executable, modules, "main", config] };
}

async function openssl(core: CoreProcess): Promise<Client> {
	const name = "openssl s_client, MQTT by hand";
	const program = findProgram("openssl");
	if (program === undefined) return { name, missing: notInstalled("openssl") };
	const { identity } = await makeDevice();
	await register(core.controlUrl, identity.cert);
	return { name, command: opensslCommand(program, core, identity), converse: echoByHand };
}

function contender(
	client: Client,
	measure: (client: Extract<Client, { command: unknown }>) => Promise<number>,
): Contender {
	return "missing" in client ? client : { name: client.name, measure: async () => [await measure(client)] };
}

function measureCpu(clients: readonly Client[], context: RowContext): Promise<BenchFigure[]> {
	return compare(context, {
		quantities: [{ name: "CPU", unit: "ms", digits: 0 }],
		contenders: clients.map(client =>
			contender(client, async ({ command, converse }) => (await runMeasured(command, { converse })).cpu * 1e3),
		),
		repetitions,
		warmUps: 1,
	});
}

function measureInstructions(
	counter: InstructionCounter,
	clients: readonly Client[],
	context: RowContext,
): Promise<BenchFigure[]> {
	const file = join(context.folder, "instructions");
	return compare(context, {
		quantities: [{ name: "instructions in user mode", unit: "M", digits: 1, goal: "<= 60 M" }],
		contenders: clients.map(client =>
			contender(client, async ({ command, converse }) => {
				await runMeasured(counter.wrap(command, file), { converse });
				return (counter.parse(readFileSync(file, "utf8")) ?? NaN) / 1e6;
			}),
		),
		repetitions: countedRepetitions,
	});
}

/** A device's whole life with one connection, from the start of the process. */
export const firmwareRow: BenchRow = {
	name: "firmware",
	what: `firmware on the host: from its start, one connection with ${echoes} echoes`,
	prepare: build,
	async measure(context) {
		const core = await startCore(context);
		const clients = [await firmware(context, core), await openssl(core)];
		const counter = instructionCounter(context.folder);
		const counted = counter === undefined ? [] : await measureInstructions(counter, clients, context);
		return {
			figures: [...counted, ...(await measureCpu(clients, context))],
			notes: [
				counter === undefined
					? "Instructions were not counted: perf has no counter here, and valgrind is not installed (Debian's package valgrind)."
					: `Instructions were counted with ${counter.name}.`,
				"Both verify the same server in TLS 1.2 and show a client certificate on P-256; s_client has its key in a file, the firmware in the simulated chip.",
			],
		};
	},
};
