// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { type Built, build } from "../../build/build.js";
import { root } from "../../lib/root.js";
import { driveChip } from "../driver/cold-start.js";
import { cpuOf, endProcess } from "../measured-process.js";
import { type BenchRow, type Contender, compare, type RowContext } from "../row.js";

const signatures = 400,
	repetitions = 3;

async function startChip(
	{ folder, closing }: RowContext,
	latency: string,
): Promise<{ process: ChildProcess; bus: string }> {
	const file = (extension: string) => join(folder, `${latency}.${extension}`);
	const options = ["--chip", file("json"), "--socket", file("sock"), "--clock", "virtual", "--latency", latency];
	const child = spawn(process.execPath, ["tools/run.mjs", "se050-sim", ...options], {
		cwd: root,
		stdio: ["ignore", "pipe", "inherit"],
	});
	closing(() => endProcess(child));
	await Promise.race([
		once(child.stdout, "data"),
		once(child, "exit").then(([status]) => {
			throw new Error(`se050-sim ended with status ${status} before it was ready.`);
		}),
	]);
	return { process: child, bus: `sim:${file("sock")}` };
}

/** The driver on XS asks for signatures; the simulator's CPU time is counted, the driver's is not. */
async function simulator(context: RowContext, built: Built, latency: string, name: string): Promise<Contender> {
	const chip = await startChip(context, latency);
	await driveChip(built, chip.bus, { write: 800 });
	return {
		name,
		async measure() {
			const before = cpuOf(chip.process);
			await driveChip(built, chip.bus, { signatures });
			return [((cpuOf(chip.process) - before) * 1e3) / signatures];
		},
	};
}

function nodeCrypto(): Contender {
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const digest = Buffer.alloc(32, 1);
	return {
		name: "node:crypto",
		async measure() {
			const before = process.cpuUsage();
			for (let made = 0; made < signatures; made++) sign("sha256", digest, privateKey);
			const { user, system } = process.cpuUsage(before);
			return [(user + system) / 1e3 / signatures];
		},
	};
}

/** What the simulated chip's signature costs the machine that it runs on. */
export const signRow: BenchRow = {
	name: "sign",
	what: "simulator, ECDSASign with P-256: bus, T=1, APDU and signature",
	prepare: build,
	async measure(context) {
		const built = await build();
		const figures = await compare(context, {
			quantities: [{ name: "CPU of a signature", unit: "ms", digits: 2, goal: "<= 0.5 ms" }],
			contenders: [
				await simulator(context, built, "instant", "se050-sim"),
				await simulator(context, built, "typical", "se050-sim, typical latencies: up to 26 polls"),
				nodeCrypto(),
			],
			repetitions,
			warmUps: 1,
		});
		return { figures, notes: ["In virtual time: nobody waits for the chip. node:crypto signs and does nothing else."] };
	},
};
