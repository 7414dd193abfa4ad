// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { pemOf } from "../lib/pem.js";
import { startSimulator } from "../se050-sim/simulator.js";
import { type CoreProcess, register } from "./core-process.js";
import type { RowContext } from "./row.js";

/** Starts a simulated chip that answers immediately, and registers its certificate; the address of its bus. */
export async function startRegisteredChip({ folder, closing }: RowContext, core: CoreProcess): Promise<string> {
	const chip = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "chip.sock") },
		clock: "real",
		latency: "instant",
	});
	closing(() => chip.close());
	await register(core.controlUrl, pemOf(chip.certificate));
	return chip.address;
}
