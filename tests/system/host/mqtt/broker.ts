// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}

/** mosquitto on two ports of loopback: one foreverybody, one that asks for "me" with the password "secret". */
export class Broker {
	readonly folder = mkdtempSync(join(tmpdir(), "mqttclient-"));
	/** Port foreverybody. */
	open = 0;
	/** Port for "me". */
	guarded = 0;
	#process: ChildProcess | undefined;

	async start(): Promise<void> {
		[this.open, this.guarded] = [await freePort(), await freePort()];
		const passwords = join(this.folder, "passwords");
		const configuration = join(this.folder, "mosquitto.conf");
		writeFileSync(passwords, "", { mode: 0o600 });
		const { status } = spawnSync("mosquitto_passwd", ["-b", passwords, "me", "secret"]);
		if (status !== 0) throw new Error("mosquitto_passwd does not run: install the package mosquitto");
		writeFileSync(
			configuration,
			[
				"per_listener_settings true",
				"user root",
				`listener ${this.open} 127.0.0.1`,
				"allow_anonymous true",
				`listener ${this.guarded} 127.0.0.1`,
				"allow_anonymous false",
				`password_file ${passwords}`,
			].join("\n"),
		);
		this.#process = spawn("mosquitto", ["-c", configuration], {
			stdio: "ignore",
			env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
		});
		await this.#listening();
	}

	async stop(): Promise<void> {
		if (this.#process?.exitCode === null) {
			this.#process.kill();
			await once(this.#process, "exit");
		}
		rmSync(this.folder, { recursive: true });
	}

	async #listening(): Promise<void> {
		for (let i = 0; i < 100; i += 1) {
			const socket = connect(this.guarded, "127.0.0.1");
			const listening = await once(socket, "connect").then(
				() => true,
				() => false,
			);
			socket.destroy();
			if (listening) return;
			await sleep(50);
		}
		throw new Error("mosquitto does not listen");
	}
}
