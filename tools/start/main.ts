// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "../build/build.js";
import { Operator } from "../device/operator.js";
import { startIotCore } from "../iot-core/core.js";
import { manifestOption, topicName, variantOption } from "../lib/arguments.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { Display } from "./display.js";
import { type DeviceRun, FleetDevice } from "./fleet.js";

interface Options {
	devices: number;
	messages?: number;
	timeLimit: number;
	topic?: string;
	interval?: number;
	state: string;
	port: number;
	pagePort?: number;
	json: boolean;
	quiet: boolean;
	pem: boolean;
	manifest?: string;
	variant: "release" | "sanitize";
}

const command = program(
	"start",
	"Runs everything together on this machine: simulated SE050s, a local AWS IoT Core, and the real firmware for each chip.",
	["npm start", "npm start -- --devices 5 --topic demo/echo", "npm start -- --devices 3 --messages 4"],
)
	.option("--devices <count>", "how many devices", wholeNumber(1, 32), 3)
	.option(
		"--messages <count>",
		"end with status 0 when every device has received so many echoes of its own messages",
		wholeNumber(1, 1_000_000),
	)
	.option(
		"--time-limit <seconds>",
		"with --messages: end with status 1 when it takes longer",
		wholeNumber(1, 86_400),
		60,
	)
	.option("--topic <topic>", "the topic that all devices share (default test_topic/esp32)", topicName)
	.option(
		"--interval <milliseconds>",
		"time between two rounds of messages (default 5000)",
		wholeNumber(10, 86_400_000),
	)
	.option("--state <folder>", "where chips and registrations are kept", "state")
	.option("--port <number>", "port of the device endpoint; 0: any free one", wholeNumber(0, 65535), 0)
	.option(
		"--page-port <number>",
		"port of the page that shows devices and messages in a browser; 0: any free one (default: 8885, or the next free one)",
		wholeNumber(0, 65535),
	)
	.option("--pem", "also print the certificates of the devices", false)
	.option("--quiet", "print only errors, warnings and results", false)
	.option("--json", "print each line as a JSON object (docs/json-output.md)", false)
	.addOption(manifestOption())
	.addOption(variantOption())
	.parse();

const options = command.opts<Options>();
const names = Array.from({ length: options.devices }, (_, index) => `device-${index + 1}`);
const display = new Display(["operator", "iot-core", ...names], options);
/** What must be stopped, last one first. */
const running: (() => Promise<unknown>)[] = [];
let stopping = false;
/** Address of the page, once it is there. */
let pageUrl: string | undefined;
/** The exit status after a signal, once there was one. */
let interruption: number | undefined;
const interrupted = new Promise<void>(resolve => {
	for (const [signal, status] of [
		["SIGINT", 130],
		["SIGTERM", 143],
	] as const)
		process.once(signal, () => {
			interruption ??= status;
			resolve();
		});
});

async function stopAll(): Promise<void> {
	stopping = true;
	for (const stop of running.splice(0).reverse()) await stop();
}

async function register(operator: Operator, name: string, pem: string): Promise<void> {
	try {
		const created = await operator.register(pem);
		await operator.nameThing(name, pem);
		display.line(
			"operator",
			created
				? `registered the certificate of ${name} and attached policy and thing`
				: `the certificate of ${name} is already registered`,
		);
	} catch (error) {
		display.line("operator", `could not register the certificate of ${name}: ${(error as Error).message}`);
	}
}

async function startDevices(): Promise<FleetDevice[]> {
	const { variant, manifest, state, port, pagePort, topic, interval, messages } = options;
	const built = await build({ variant, manifest });
	const core = await startIotCore({
		stateDir: join(state, "iot-core"),
		devicePort: port,
		controlPort: 0,
		pagePort: pagePort ?? "default",
		log: line => display.line("iot-core", line),
	});
	running.push(() => core.close());
	const operator = new Operator(core.controlUrl, core.region);
	running.push(async () => operator.close());
	await operator.createPolicy();
	display.line(
		"iot-core",
		`device endpoint ${core.endpoint} on 127.0.0.1 port ${core.devicePort}, control plane ${core.controlUrl}`,
	);
	pageUrl = core.pageUrl;
	const settings = Object.fromEntries(
		Object.entries({ topic, interval, messages }).filter(
			(entry): entry is [string, string | number] => entry[1] !== undefined,
		),
	);
	const devices: FleetDevice[] = [];
	for (const name of names) {
		const device = await FleetDevice.start({
			name,
			core,
			settings,
			built,
			stateDir: join(state, "devices"),
			onLine: (source, line) => display.line(source, line),
			register: (source, pem) => register(operator, source, pem),
		});
		running.push(() => device.stop());
		devices.push(device);
		void device.outcome.then(tell);
	}
	return devices;
}

/** How a process ended. */
function ending({ status, signal }: Pick<DeviceRun, "status" | "signal">): string {
	return signal ? `was ended by ${signal}` : `ended with status ${status}`;
}

/** Says immediately that a device has ended that should still run. */
function tell(outcome: DeviceRun): void {
	if (!stopping && interruption === undefined && outcome.status !== 0) display.line(outcome.name, ending(outcome));
}

function complaint({ name, echoes, lastError }: Pick<DeviceRun, "name" | "echoes" | "lastError">, why: string): string {
	return `${name} ${why} after ${echoes} of ${options.messages ?? "its"} ${options.messages === 1 ? "echo" : "echoes"}${lastError ? `: ${lastError}` : "."}`;
}

/** Waits until every device has ended; returns what went wrong, a sentence each. */
async function outcomes(devices: readonly FleetDevice[]): Promise<string[]> {
	const limit = new AbortController();
	const finished = Promise.all(devices.map(device => device.outcome));
	const late = options.messages
		? delay(options.timeLimit * 1_000, "late" as const, { signal: limit.signal }).catch(() => "late" as const)
		: new Promise<never>(() => undefined);
	const result = await Promise.race([finished, late]);
	limit.abort();
	if (result === "late")
		return devices
			.map(device => device.progress)
			.filter(({ echoes }) => echoes < (options.messages ?? 0))
			.map(progress => complaint(progress, `has not finished within ${options.timeLimit} s`));
	return result.filter(({ status }) => status !== 0).map(outcome => complaint(outcome, ending(outcome)));
}

/** Runs the devices to their end, or until a signal. */
async function runDevices(): Promise<void> {
	const devices = await startDevices();
	display.report(
		`\n${devices.length === 1 ? "One device is" : `${devices.length} devices are`} starting. Stop with Ctrl-C. One device alone: tail -f ${devices[0]?.log}\nDevices and messages in a browser:\n${pageUrl ?? "no port is free for the page"}\n`,
		"started",
		{ devices: devices.length, page: pageUrl },
	);
	const complaints = await Promise.race([outcomes(devices), interrupted]);
	if (interruption !== undefined || !complaints) return;
	if (complaints.length > 0) throw new Error(complaints.join("\n"));
	if (options.messages)
		display.report(
			`\nEvery device has received ${options.messages === 1 ? "its echo" : `its ${options.messages} echoes`}.`,
			"finished",
			{ devices: devices.length, echoes: options.messages },
		);
}

await guard(async () => {
	try {
		await runDevices();
	} catch (error) {
		// A signal to the whole group ends compiler and devices too, and their end may be seen before the signal.
		await Promise.race([interrupted, delay(300)]);
		if (interruption === undefined) throw error;
	} finally {
		await stopAll();
	}
	if (interruption !== undefined) process.exit(interruption);
});
