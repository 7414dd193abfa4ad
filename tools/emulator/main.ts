// SPDX-License-Identifier: MIT
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { Operator } from "../device/operator.js";
import { endpointSettings, SimulatedDevice } from "../device/simulated-device.js";
import { startIotCore } from "../iot-core/core.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { counted } from "../lib/counted.js";
import { parseEvent } from "../lib/serial-lines.js";
import { shellWord } from "../lib/shell-word.js";
import { UserError } from "../lib/user-error.js";
import { Display } from "../start/display.js";
import { checkEmulator, isMissingNetwork, startEmulator } from "./emulator.js";
import { readFlash } from "./flash.js";
import { startServices } from "./services.js";

interface Options {
	devices: number;
	qemu: string;
	state: string;
	port: number;
	link: "i2c" | "uart";
	network: string;
	messages?: number;
	timeLimit: number;
	pem: boolean;
	quiet: boolean;
	json: boolean;
}

const command = program(
	"emulator",
	"Runs the image of the board in an emulated ESP32, with a simulated chip and the local AWS IoT Core. Without an image, prints the line that builds one for it. The image must use DIO flash (CONFIG_ESPTOOLPY_FLASHMODE_DIO=y) where the emulator does not know QIO.",
	[
		"npm run emulator",
		"npm run emulator -- $MODDABLE/build/bin/esp32/release/emulator --devices 3",
		"npm run emulator -- flash.bin --qemu ~/qemu/qemu-system-xtensa --link i2c --network esp32_wifi --messages 2",
	],
)
	.argument("[image]", "the folder of mcconfig's build, or a file with the whole flash")
	.argument("[arguments...]", "further arguments for the emulator, after --")
	.option("--devices <count>", "how many boards", wholeNumber(1, 16), 1)
	.option("--qemu <program>", "an emulator with the machine esp32", "qemu-system-xtensa")
	.option("--state <folder>", "where chips, flash and registrations are kept", "state/emulator")
	.option("--port <number>", "port of the device endpoint, as the image has it", wholeNumber(1, 65535), 8883)
	.addOption(
		new Option(
			"--link <kind>",
			"how boards reach their chips, as the image's bus= has it: uart, their second serial port, in any emulator; i2c, in an emulator whose I2C controller connects to the socket that SE050_SIM names",
		)
			.choices(["i2c", "uart"])
			.default("uart"),
	)
	.option(
		"--network <model>",
		"the emulator's network interface: open_eth, Ethernet; esp32_wifi, where it has one; none",
		"open_eth",
	)
	.option(
		"--messages <count>",
		"end with status 0 when every board has received so many echoes",
		wholeNumber(1, 1_000_000),
	)
	.option(
		"--time-limit <seconds>",
		"with --messages: end with status 1 when it takes longer",
		wholeNumber(1, 86_400),
		600,
	)
	.option("--pem", "also print the certificates of the boards", false)
	.option("--quiet", "print only errors, warnings and results", false)
	.option("--json", "print each line as a JSON object (docs/json-output.md)", false)
	.parse();

const options = command.opts<Options>();
const [image, ...more] = command.args;
const names = Array.from({ length: options.devices }, (_, index) => `board-${index + 1}`);
const display = new Display(["emulator", "iot-core", ...names], options);
/** What must be stopped, last one first. */
const running: (() => unknown)[] = [];

async function startCloud() {
	const core = await startIotCore({
		stateDir: join(options.state, "iot-core"),
		devicePort: options.port,
		controlPort: 0,
		pagePort: "default",
		log: line => display.line("iot-core", line),
	});
	running.push(() => core.close());
	return core;
}

const missingNetwork = (model: string) =>
	`The emulator has no network interface "${model}": name one that it has with --network, such as open_eth, or none.`;

/** Runs the boards until each has its echoes, one ends, or a signal comes; returns the exit status. */
async function runBoards(path: string): Promise<number> {
	checkEmulator(options.qemu);
	const flash = readFlash(path);
	running.push(await startServices());
	const core = await startCloud();
	const operator = new Operator(core.controlUrl, core.region);
	running.push(() => operator.close());
	await operator.createPolicy();
	const folder = join(options.state, "boards");
	mkdirSync(folder, { recursive: true });
	const signal = new Promise<number>(resolve => {
		process.once("SIGINT", () => resolve(130));
		process.once("SIGTERM", () => resolve(143));
	});
	const done = names.map(async (name, index) => {
		const device = await SimulatedDevice.make({ folder, name, isLine: options.link === "uart" });
		running.push(() => device.stop());
		await operator.register(device.certificate);
		await operator.nameThing(name, device.certificate);
		let echoes = 0;
		return new Promise<number>((resolve, reject) => {
			const board = startEmulator({
				...{ program: options.qemu, flash, folder, name, index, more },
				...{ chip: device.chip.address.replace(/^sim:/, ""), link: options.link, network: options.network },
				onError(line) {
					display.line("emulator", `${name}: ${line}`);
					if (isMissingNetwork(line)) reject(new UserError(missingNetwork(options.network)));
				},
				onLine(line) {
					display.line(name, line);
					const event = parseEvent(line);
					if (event?.name === "receive" && event.fields.own === "true") echoes += 1;
					if (echoes === options.messages) resolve(0);
				},
			});
			running.push(() => board.stop());
			board.ended.then(
				({ status }) =>
					reject(new UserError(`${name}: the emulator has ended (status ${status}); the lines above say why.`)),
				error => reject(new UserError(`${name}: the emulator could not be started: ${error.message}.`)),
			);
		});
	});
	display.report(
		`\nDevices and messages in a browser:\n${core.pageUrl ?? "no port is free for the page"}\n`,
		"started",
		{
			page: core.pageUrl,
		},
	);
	const late = new Promise<number>((_, reject) => {
		if (options.messages === undefined) return;
		const sentence = `Not every board has received ${counted(options.messages, "echo", "echoes")} within ${options.timeLimit} s.`;
		setTimeout(() => reject(new UserError(sentence)), options.timeLimit * 1_000).unref();
	});
	return Promise.race([signal, late, Promise.all(done).then(() => 0)]);
}

/** How an image for this endpoint is built and run. */
async function printBuildLine(): Promise<void> {
	const core = await startCloud();
	const { endpoint, port, trustedRoots } = endpointSettings(core);
	const own = (["state", "port"] as const)
		.filter(name => command.getOptionValueSource(name) === "cli")
		.map(name => ` --${name} ${shellWord(String(options[name]))}`)
		.join("");
	const build = `mcconfig -m -p esp32 -t build esp32/emulator/manifest.json endpoint=${endpoint} port=${port} trustedRoots=${trustedRoots}`;
	const run = `npm run emulator -- $MODDABLE/build/bin/esp32/release/emulator${own}`;
	display.report(`Build an image for this endpoint, then run it:\n  ${build}\n  ${run}`, "build", { build, run });
}

await guard(async () => {
	let status = 0;
	try {
		if (image === undefined) await printBuildLine();
		else status = await runBoards(image);
	} finally {
		for (const stop of running.splice(0).reverse()) await stop();
	}
	process.exit(status);
});
