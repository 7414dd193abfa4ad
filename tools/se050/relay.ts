import { spawn } from "node:child_process";
import { once } from "node:events";
import { build } from "../build/build.js";
import { fromHex, toHex } from "../se050-sim/bytes.js";

export interface Connection {
	/** As the driver takes it: sim:PATH, sim:HOST:PORT, /dev/i2c-N. */
	bus: string;
	/** How platform SCP03 is opened, as the firmware takes it; absent: not at all. */
	scp03?: string;
}

/** What a chip says of itself before any command. */
export interface Greeting {
	atr: Uint8Array;
	/** IDENTIFY's response, status word included. */
	identity: Uint8Array;
	/** SELECT's response, status word included. */
	selected: Uint8Array;
}

/** A conversation: what the chip said first, and a response, status word included, for each command. */
export interface Conversation extends Greeting {
	responses: Uint8Array[];
}

/** Sends commands to a chip over the driver on XS, after a reset and SELECT. Throws an Error of one sentence. */
export async function converse(connection: Connection, apdus: readonly Uint8Array[]): Promise<Conversation> {
	const { executable, modules } = await build();
	const config = JSON.stringify({ ...connection, apdus: apdus.map(toHex) });
	const child = spawn(executable, [modules, "host/relay", config], { stdio: ["ignore", "pipe", "pipe"] });
	let output = "";
	let complaints = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
	child.stderr.setEncoding("utf8").on("data", (text: string) => complaints += text);
	const [status] = await once(child, "close") as [number | null];
	if (status !== 0)
		throw new Error(`The driver ended with status ${status}: ${complaints.trim()}`);
	return understand(output);
}

function understand(output: string): Conversation {
	const lines = output.split("\n").filter(line => line.length > 0).map(line => Object.entries(JSON.parse(line) as Record<string, string>)[0]!);
	const failure = lines.find(([name]) => name === "error");
	if (failure)
		throw new Error(failure[1]);
	const [atr, identity, selected] = ["atr", "identity", "selected"].map(wanted => lines.find(([name]) => name === wanted)?.[1]);
	if (atr === undefined || identity === undefined || selected === undefined)
		throw new Error("The driver ended before the chip was open: run `npm run build` and try again.");
	const responses = lines.filter(([name]) => name === "response").map(([, digits]) => fromHex(digits));
	return { atr: fromHex(atr), identity: fromHex(identity), selected: fromHex(selected), responses };
}
