// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Operator } from "../device/operator.js";
import { root } from "../lib/root.js";
import { endProcess } from "./measured-process.js";
import type { RowContext } from "./row.js";
import { type Identity, issue } from "./tls/pki.js";

/** The local AWS IoT Core in a process of its own, so that its CPU time is its own. */
export interface CoreProcess {
	process: ChildProcess;
	/** Its ports are any that are free, on 127.0.0.1. */
	devicePort: number;
	/** The name that devices must send as SNI. */
	endpoint: string;
	controlUrl: string;
	rootCaFile: string;
	/** Has the server's certificate and key as PEM files. */
	stateDir: string;
}

export const region = "ap-northeast-1";

/** Collects what the program prints until it is ready. @throws Error when it ends before */
function introduction(child: ChildProcess): Promise<string> {
	let output = "";
	return new Promise((resolve, reject) => {
		const take = (data: Buffer) => {
			output += data;
			if (!output.includes("Stop with")) return;
			child.stdout?.off("data", take).resume();
			resolve(output);
		};
		child.stdout?.on("data", take);
		child.once("exit", status =>
			reject(new Error(`iot-core ended with status ${status} before it was ready: ${output}`)),
		);
	});
}

/** Starts iot-core for a row, with 1,000 times the AWS rates, so that it and not a quota is measured. */
export async function startCore({ folder, closing }: RowContext): Promise<CoreProcess> {
	const stateDir = join(folder, "iot-core");
	const options = ["--state", stateDir, "--port", "0", "--control-port", "0", "--page-port", "0", "--rates", "1000"];
	const child = spawn(process.execPath, ["tools/run.mjs", "iot-core", "--region", region, ...options], {
		cwd: root,
		stdio: ["ignore", "pipe", "inherit"],
	});
	closing(() => endProcess(child));
	const text = await introduction(child);
	const found = (pattern: RegExp) => pattern.exec(text)?.[1] ?? "";
	return {
		process: child,
		devicePort: Number(found(/^devices +127\.0\.0\.1:(\d+)/m)),
		endpoint: found(/^endpoint +(\S+)/m),
		controlUrl: found(/^control plane +(\S+)/m),
		rootCaFile: found(/^root CA +(\S+)/m),
		stateDir,
	};
}

/** A device's key and certificate below a CA of its own. */
export interface BenchDevice {
	ca: Identity;
	identity: Identity;
}

export async function makeDevice(): Promise<BenchDevice> {
	const ca = await issue({ subject: "CN=Bench CA", authority: true });
	return { ca, identity: await issue({ subject: "CN=bench", issuer: ca }) };
}

/** Registers certificates, PEM, with a policy that allows everything. */
export async function register(controlUrl: string, ...certificates: readonly string[]): Promise<void> {
	const operator = new Operator(controlUrl, region);
	await operator.createPolicy();
	for (const pem of certificates) await operator.register(pem);
	operator.close();
}

/** The server's chain, PEM: its certificate and the intermediate's, for a peer that is to show the same. */
export function serverChain({ stateDir }: CoreProcess): string {
	return ["server-rsa", "intermediate-ca-rsa"]
		.map(name => readFileSync(join(stateDir, `${name}.crt.pem`), "utf8"))
		.join("");
}
