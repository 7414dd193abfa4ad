// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { IotCore } from "../../../tools/iot-core/core.js";

const main = fileURLToPath(new URL("../../../tools/provision/main.ts", import.meta.url));

export interface Ended {
	status: number | null;
	output: string;
	errors: string;
}

/** The provision program in a process of its own, on a local AWS IoT Core. */
export class Program {
	readonly child: ChildProcess;
	/** Resolves when it has ended. */
	readonly ended: Promise<Ended>;

	constructor(args: readonly string[], core: Pick<IotCore, "controlUrl" | "region">, input?: string) {
		this.child = spawn(process.execPath, ["--import", "tsx", main, ...args], {
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
