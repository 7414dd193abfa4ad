// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** Where systems put serial ports of USB adapters and of chips with USB of their own: Linux, then macOS. */
const patterns = [/^ttyUSB\d+$/, /^ttyACM\d+$/, /^cu\.(usb|SLAB|wchusb).*$/];

function list(folder: string): string[] {
	try {
		return readdirSync(folder).sort();
	} catch {
		return [];
	}
}

/** Serial ports that a board may be connected to, without asking udev, which is not everywhere. */
export function likelyPorts(folder = "/dev"): string[] {
	return list(folder)
		.filter(name => patterns.some(pattern => pattern.test(name)))
		.map(name => join(folder, name));
}

const resolved = (path: string): string | undefined => {
	try {
		return realpathSync(path);
	} catch {
		return undefined;
	}
};

/** The names that udev gives a port by its USB device, whatever number the kernel gives it. */
function stableNames(path: string, folder: string): string[] {
	const target = resolved(path);
	return list(folder)
		.map(name => join(folder, name))
		.filter(link => target !== undefined && resolved(link) === target);
}

/** Follows one board's port over resets: chips with USB of their own may come back as another device file. */
export class PortFinder {
	readonly #path: string;
	readonly #ports: () => string[];
	readonly #folder: string;
	#names: string[] = [];
	#others: ReadonlySet<string> = new Set();

	/**
	 * @param ports the ports that there are
	 * @param folder where udev's stable names are
	 */
	constructor(path: string, ports: () => string[] = likelyPorts, folder = "/dev/serial/by-id") {
		this.#path = path;
		this.#ports = ports;
		this.#folder = folder;
	}

	/** The port is open: remembers what it and the others are called. */
	opened(path: string): void {
		this.#names = stableNames(path, this.#folder);
		this.#others = new Set(this.#ports().filter(port => resolved(port) !== resolved(path)));
	}

	/** Where the port is now: under its stable name, under its path, or the only one that is new; undefined for nowhere. */
	find(): string | undefined {
		const stable = this.#names.map(resolved).find(path => path !== undefined);
		if (stable !== undefined) return stable;
		if (resolved(this.#path) !== undefined) return this.#path;
		const [fresh, ...more] = this.#ports().filter(port => !this.#others.has(port));
		return more.length === 0 ? fresh : undefined;
	}
}

/** Processes that have a file open, as `name (process id)`: those of this user, or all for root. Linux only. */
export function holdersOf(path: string, proc = "/proc"): string[] {
	const target = resolved(path);
	if (target === undefined) return [];
	const holds = (id: string) =>
		list(join(proc, id, "fd")).some(fd => {
			try {
				return readlinkSync(join(proc, id, "fd", fd)) === target;
			} catch {
				return false;
			}
		});
	const nameOf = (id: string) => {
		try {
			return readFileSync(join(proc, id, "comm"), "utf8").trim();
		} catch {
			return "a process";
		}
	};
	return list(proc)
		.filter(id => /^\d+$/.test(id) && Number(id) !== process.pid && holds(id))
		.map(id => `${nameOf(id)} (process ${id})`);
}

function suggestion(ports: readonly string[]): string {
	return ports.length > 0
		? `there ${ports.length === 1 ? "is" : "are"} ${ports.join(", ")}`
		: "there is none at all: check the cable (some carry power only) and the adapter's driver";
}

function inUse(path: string, holders: readonly string[]): string {
	if (holders.length === 0)
		return `${path} is in use: close the other program that has it open (idf.py monitor, serial2xsbug, a terminal).`;
	const isXsbug = holders.some(holder => holder.startsWith("serial2xsbug"));
	const remedy = isXsbug ? "it is mcconfig's debugger connection: close xsbug, or end it" : "close it";
	return `${path} is in use by ${holders.join(", ")}: ${remedy}.`;
}

/** Why a port does not open, and what to do. */
export function explainOpening(path: string, error: Error, ports = likelyPorts(), holders = holdersOf(path)): string {
	const { message } = error;
	if (/ENOENT|No such file/i.test(message)) return `There is no serial port ${path}; ${suggestion(ports)}.`;
	if (/EACCES|EPERM|Permission denied/i.test(message))
		return `This user may not open ${path}: join the group that owns it with "sudo usermod -a -G dialout $USER", and log in again.`;
	if (/Cannot lock port|EBUSY|Resource busy|temporarily unavailable/i.test(message)) return inUse(path, holders);
	if (/ENOTTY|Inappropriate ioctl|ENODEV|Not a character device/i.test(message))
		return `${path} is not a serial port; ${suggestion(ports)}.`;
	return `${path} does not open: ${message}.`;
}
