// SPDX-License-Identifier: MIT
/** A small program for tests of the heap's measurement: makes `slots` objects and a string of `chunk` bytes, then ends. */
import config from "mc/config";
import Timer from "timer";

const { slots = 0, chunk = 0 } = config as unknown as { slots?: number; chunk?: number };

export default function run(): void {
	const objects: object[] = [];
	for (let i = 0; i < slots; i++) objects.push({ i });
	const text = "x".repeat(chunk);
	Timer.set(() => trace(`${objects.length} ${text.length}\n`), 1);
}
