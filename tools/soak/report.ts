// SPDX-License-Identifier: MIT
import { counted } from "../lib/counted.js";
import { faultNames, faults } from "./faults.js";
import type { Ledger } from "./ledger.js";
import { type Quantity, quantities, type Trend, trend } from "./memory.js";
import type { Soaked } from "./run.js";

type Device = Soaked["devices"][number];

const directions = {
	up: "firmware to application",
	down: "application to firmware",
	back: "firmware to itself",
} as const satisfies Record<keyof Device["ledgers"], string>;

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}

function formatted(value: number): string {
	return value.toLocaleString("en");
}

function line(name: string, cells: readonly string[]): string {
	return `${name.padEnd(26)}${cells.map(cell => cell.padStart(14)).join("")}`;
}

function faultLines(devices: readonly Device[]): string[] {
	return faultNames.map(
		fault =>
			`${fault.padEnd(12)}${formatted(sum(devices.map(({ saboteur }) => saboteur.done.get(fault) ?? 0))).padStart(6)}  ${faults[fault]}`,
	);
}

function ledgerLine(name: string, ledgers: readonly Ledger[]): string {
	const total = (count: (ledger: Ledger) => number) => formatted(sum(ledgers.map(count)));
	return line(name, [
		total(({ acknowledged }) => acknowledged.size),
		total(({ arrived }) => arrived),
		total(({ duplicates }) => duplicates),
		total(({ missing }) => missing.length),
	]);
}

function trends(devices: readonly Device[], quantity: Quantity): { name: string; trend: Trend }[] {
	return devices.flatMap(({ samples }, index) => {
		const found = trend(samples, quantity);
		return found === undefined ? [] : [{ name: `device ${index + 1}, ${quantity}`, trend: found }];
	});
}

function trendLine({ name, trend: { first, last, grows } }: { name: string; trend: Trend }): string {
	return `${line(name, [first.least, first.middle, last.least, last.middle].map(formatted))}${grows ? "  GROWS" : ""}`;
}

/** What is wrong with a run, in sentences; none: it is good. */
export function faultsOf({ devices, failure }: Soaked): string[] {
	const missing = devices.flatMap(({ ledgers }) => Object.values(ledgers)).flatMap(ledger => ledger.missing).length;
	const growing = quantities.flatMap(quantity => trends(devices, quantity)).filter(({ trend: { grows } }) => grows);
	return [
		...(failure === undefined ? [] : [`The run did not end as planned: ${failure}.`]),
		...(missing === 0 ? [] : [`${counted(missing, "acknowledged message")} did not arrive.`]),
		...growing.map(({ name }) => `Memory grows: ${name}.`),
	];
}

/** What a run has shown, in a sentence or in one for each fault. */
export function verdictOf(soaked: Soaked): string {
	const wrong = faultsOf(soaked);
	if (wrong.length > 0) return wrong.join("\n");
	const isMeasured = soaked.devices.every(({ samples }) => quantities.every(quantity => trend(samples, quantity)));
	return isMeasured
		? "No message was lost, and memory does not grow."
		: "No message was lost. The run was too short to tell whether memory grows: give it more --disconnects.";
}

/** The counts of a run as fields of a line of JSON: what `report` has as tables. */
export function reportFields(soaked: Soaked): Record<string, unknown> {
	const { devices, seconds } = soaked;
	const counts = ({ acknowledged, arrived, duplicates, missing }: Ledger) => ({
		acknowledged: acknowledged.size,
		arrived,
		duplicates,
		lost: missing.length,
	});
	return {
		duration: Number(seconds.toFixed(1)),
		faults: faultsOf(soaked),
		devices: devices.map(({ connections, saboteur, ledgers, errors, samples }) => ({
			connections,
			ended: Object.fromEntries(saboteur.done),
			errors: Object.fromEntries(errors),
			messages: Object.fromEntries(Object.entries(ledgers).map(([direction, ledger]) => [direction, counts(ledger)])),
			memory: Object.fromEntries(quantities.map(quantity => [quantity, trend(samples, quantity) ?? null])),
		})),
	};
}

/** The counts of a run, as tables. */
export function report(soaked: Soaked): string {
	const { devices, seconds } = soaked;
	const steps = new Map<string, number>();
	for (const [step, count] of devices.flatMap(({ errors }) => [...errors]))
		steps.set(step, (steps.get(step) ?? 0) + count);
	const samples = Math.min(...devices.map(device => device.samples.length));
	const rows = quantities.flatMap(quantity => trends(devices, quantity));
	return [
		`${counted(sum(devices.map(({ saboteur }) => sum([...saboteur.done.values()]))), "connection")} ended in ${seconds.toFixed(0)} s, ${counted(devices.length, "device")}, ${counted(sum(devices.map(({ connections }) => connections)), "CONNECT")}:`,
		...faultLines(devices),
		`Failures that the firmware reported, by step: ${[...steps].map(([step, count]) => `${step} ${formatted(count)}`).join(", ") || "none"}.`,
		"",
		line("QoS 1 messages", ["acknowledged", "arrived", "duplicates", "lost"]),
		...Object.entries(directions).map(([name, words]) =>
			ledgerLine(
				words,
				devices.map(({ ledgers }) => ledgers[name as keyof typeof directions]),
			),
		),
		"",
		line("Memory in use, bytes", ["first: least", "middle", "last: least", "middle"]),
		...(rows.length === 0 ? ["The run was too short to tell: give it more --disconnects."] : rows.map(trendLine)),
		`At least ${counted(samples, "sample")} a device, each after a collection; of the first quarter after a warm-up of a tenth, and of the last quarter.`,
	].join("\n");
}
