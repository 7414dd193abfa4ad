// SPDX-License-Identifier: MIT
import type { SerialPort } from "serialport";
import type { Item } from "./candidate.js";
import { splitLines } from "./lines.js";
import { readText } from "./text.js";

export interface BoardOptions {
	/** Bits per second. */
	baudRate: number;
	/** Milliseconds that a board has to show its certificate. */
	timeLimit: number;
}

/** How long EN is held low, in milliseconds. */
const resetPulse = 100;

const wait = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds));

async function open(path: string, { baudRate }: BoardOptions): Promise<SerialPort> {
	const { SerialPort } = await import("serialport");
	return new Promise((resolve, reject) => {
		const port: SerialPort = new SerialPort({ path, baudRate }, error => (error ? reject(error) : resolve(port)));
	});
}

/** Restarts an ESP32 by the auto-reset circuit of its boards: RTS pulls EN low. A pseudo-terminal has no such lines. */
async function reset(port: SerialPort): Promise<void> {
	const set = (rts: boolean) => new Promise<void>(resolve => port.set({ dtr: false, rts }, () => resolve()));
	await set(true);
	await wait(resetPulse);
	await set(false);
}

/** Destroying the stream leaves the port open. */
function close(port: SerialPort): Promise<void> {
	return new Promise(resolve => port.close(() => resolve()));
}

async function firstItem(path: string, port: SerialPort): Promise<Item | undefined> {
	for await (const item of readText(path, splitLines(port as AsyncIterable<Uint8Array>)))
		if ("certificate" in item) return item;
	return undefined;
}

const vanished = "the port went away before the board had shown its certificate: is the cable loose?";
const silent = ({ timeLimit }: BoardOptions) =>
	`no certificate within ${timeLimit / 1_000} s: is the board powered, is this firmware on it, and does its SE050 answer (npm run monitor shows what it prints)?`;

/** Restarts a board and reads UID and certificate from what it prints. */
export async function readBoard(path: string, options: BoardOptions): Promise<Item> {
	const origin = { name: path };
	let port: SerialPort;
	try {
		port = await open(path, options);
	} catch (error) {
		return {
			origin,
			problem: `the port cannot be opened: ${(error as Error).message}; close other programs that use it, and check that this user may (group dialout)`,
		};
	}
	let late = false;
	const limit = setTimeout(() => {
		late = true;
		port.destroy();
	}, options.timeLimit);
	try {
		await reset(port);
		const item = await firstItem(path, port);
		return item ? { ...item, origin } : { origin, problem: vanished };
	} catch {
		return { origin, problem: late ? silent(options) : vanished };
	} finally {
		clearTimeout(limit);
		await close(port);
	}
}
