// SPDX-License-Identifier: MIT

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IotCore } from "../../../tools/iot-core/core.js";
import { pemOf } from "../../../tools/lib/pem.js";
import { root } from "../../../tools/lib/root.js";
import { manufacturerCa } from "../../unit/provision/chips.js";
import { temporaryFolder } from "../../unit/provision/harness.js";

const main = join(root, "tools", "run.mjs");

export interface ProgramEnd {
	status: number | null;
	output: string;
	errors: string;
}

/** Arguments with which a command looks at no issuer, or is given another one. */
const withoutIssuer: ReadonlySet<string> = new Set([
	"--status",
	"--remove",
	"--any-issuer",
	"--ca",
	"endpoint",
	"start",
	"follow",
]);

let madeManufacturer: string | undefined;

/** A file with the CA of the made-up chips. */
export function manufacturerFile(): string {
	if (madeManufacturer === undefined) {
		madeManufacturer = join(temporaryFolder(), "manufacturer.pem");
		writeFileSync(madeManufacturer, pemOf(manufacturerCa()));
	}
	return madeManufacturer;
}

/** The provision program in a process of its own, on a local AWS IoT Core; the made-up chips' CA is given unless `args` say otherwise. */
export class ProvisionProgram {
	readonly child: ChildProcess;
	/** Resolves when it has ended. */
	readonly ended: Promise<ProgramEnd>;

	constructor(args: readonly string[], core: Pick<IotCore, "controlUrl" | "region">, input?: string) {
		const issuer = args.some(arg => withoutIssuer.has(arg)) ? [] : ["--ca", manufacturerFile()];
		this.child = spawn(process.execPath, [main, "provision", ...args, ...issuer], {
			stdio: ["pipe", "pipe", "pipe"],
			env: {
				...process.env,
				AWS_ACCESS_KEY_ID: "local",
				AWS_SECRET_ACCESS_KEY: "local",
				AWS_REGION: core.region,
				AWS_ENDPOINT_URL_IOT: core.controlUrl,
			},
		});
		this.child.stdin?.end(input);
		const output: Buffer[] = [],
			errors: Buffer[] = [];
		this.child.stdout?.on("data", (data: Buffer) => output.push(data));
		this.child.stderr?.on("data", (data: Buffer) => errors.push(data));
		this.ended = once(this.child, "close").then(([status]) => ({
			status: status as number | null,
			output: Buffer.concat(output).toString(),
			errors: Buffer.concat(errors).toString(),
		}));
	}

	kill(): void {
		this.child.kill("SIGKILL");
	}
}
