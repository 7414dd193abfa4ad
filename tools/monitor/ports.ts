// SPDX-License-Identifier: MIT
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Where systems put serial ports of USB adapters and of chips with USB of their own: Linux, then macOS. */
const patterns = [/^ttyUSB\d+$/, /^ttyACM\d+$/, /^cu\.(usb|SLAB|wchusb).*$/];

/** Serial ports that a board may be behind, without asking udev, which is not everywhere. */
export function likelyPorts(folder = "/dev"): string[] {
	try {
		return readdirSync(folder)
			.filter(name => patterns.some(pattern => pattern.test(name)))
			.sort()
			.map(name => join(folder, name));
	} catch {
		return [];
	}
}

function suggestion(ports: readonly string[]): string {
	return ports.length > 0
		? `there ${ports.length === 1 ? "is" : "are"} ${ports.join(", ")}`
		: "none is there: check the cable (some carry power only) and the adapter's driver";
}

/** Why a port does not open, and what to do. */
export function explainOpening(path: string, error: Error, ports = likelyPorts()): string {
	const { message } = error;
	if (/ENOENT|No such file/i.test(message)) return `There is no serial port ${path}; ${suggestion(ports)}.`;
	if (/EACCES|EPERM|Permission denied/i.test(message))
		return `This user may not open ${path}: join the group that owns it with "sudo usermod -a -G dialout $USER", and log in again.`;
	if (/Cannot lock port|EBUSY|Resource busy|temporarily unavailable/i.test(message))
		return `${path} is in use: close the other program that has it open (idf.py monitor, serial2xsbug, a terminal).`;
	if (/ENOTTY|Inappropriate ioctl|ENODEV|Not a character device/i.test(message))
		return `${path} is no serial port; ${suggestion(ports)}.`;
	return `${path} does not open: ${message}.`;
}
