// SPDX-License-Identifier: MIT
import { basename, join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { hostName } from "../lib/arguments.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { addIssuerOptions, type IssuerOptions, issuerChoice } from "../lib/issuer-options.js";
import { printable } from "../lib/printable.js";
import { root } from "../lib/root.js";
import { likelyPorts } from "../lib/serial/ports.js";
import { UserError } from "../lib/user-error.js";
import { accessAccount } from "../provision/account.js";
import { runChild } from "./child.js";
import { addConfigureCommand } from "./configure.js";
import { follow } from "./follow.js";
import { type ChipName, chipNames, type FlashPart, imageFolder, imageTime, platformOf, readImage } from "./image.js";
import { findEsptool, findProblems } from "./prerequisites.js";

const steps = ["check", "build", "flash", "register", "follow"] as const;
type StepName = (typeof steps)[number];

interface Options extends IssuerOptions {
	port?: string[];
	/** false: --no-ssid */
	ssid?: string | false;
	password?: string;
	endpoint?: string;
	chip: ChipName;
	region?: string;
	profile?: string;
	endpointUrl?: string;
	state?: string;
	skip: StepName[];
	baud?: number;
	timeLimit: number;
}

const list = <Value>(value: Value, earlier: Value[] | undefined): Value[] => [...(earlier ?? []), value];

const command = program(
	"board",
	"Takes ESP32 boards from a checkout to their first echo: checks the tools, builds the firmware once, flashes each board, registers each chip with the AWS account, and shows what the boards print.",
	[
		"npm run board -- --port /dev/ttyUSB0 --ssid MyNetwork --password secret --ca nxp-ca.pem",
		"npm run board -- --port /dev/ttyUSB0 --port /dev/ttyUSB1 --skip build --ca nxp-ca.pem",
		"npm run board -- --ssid MyNetwork --password secret --any-issuer interval=10000",
		"npm run board -- configure --port /dev/ttyUSB0 ssid=MyNetwork password   settings without a rebuild",
	],
)
	.argument("[settings...]", "further settings of the firmware for the build line, as name=value")
	.option("--port <path>", "a board's serial port; may be repeated (default: all that there are)", list<string>)
	.option("--ssid <name>", "the Wi-Fi network of the boards (needed to build)")
	.option("--no-ssid", "build without a network: each board waits for its own (board configure)")
	.option("--password <text>", "its password")
	.option("--endpoint <host>", "the endpoint's name (default: the account is asked)", hostName)
	.addOption(new Option("--chip <name>", "the kind of board").choices(chipNames).default("esp32"))
	.addOption(
		new Option("--skip <step>", "leave a step out; may be repeated")
			.choices(steps)
			.argParser<StepName[]>(
				// `choices` sets a parser of its own that takes one value only.
				(text, earlier) => {
					const step = steps.find(known => known === text);
					if (!step) throw new InvalidArgumentError(`It must be one of ${steps.join(", ")}.`);
					return list(step, earlier);
				},
			)
			.default([], "none"),
	)
	.option("--region <name>", "AWS region (default: as the AWS CLI has it)")
	.option("--profile <name>", "profile of ~/.aws/config")
	.option("--endpoint-url <url>", "URL of another control plane, such as that of npm run iot-core")
	.option("--state <folder>", "where the journal of registrations is kept (default: as npm run provision has it)")
	.option("--baud <number>", "bits per second of the serial line (default: found out)", wholeNumber(300, 4_000_000))
	.option(
		"--time-limit <seconds>",
		"how long a board may take from its restart to its echo",
		wholeNumber(1, 3_600),
		180,
	);
addIssuerOptions(command)
	.enablePositionalOptions()
	.action(() => guard(takeToEcho));
addConfigureCommand(command);

/** The client id and the topic that the default policy of `npm run provision` allows. */
const policySettings = ["clientId=base64url", "topic=dev/{clientId}/echo"];

/** Calls per second to the account. */
const callRate = 8;

let options: Options;
const does = (step: StepName): boolean => !options.skip.includes(step);

function say(step: StepName, text: string): void {
	console.log(`${step.padEnd(8)} │ ${printable(text)}`);
}

function findPorts(): string[] {
	const ports = options.port ?? likelyPorts();
	if (ports.length === 0)
		throw new UserError("There is no serial port: connect a board (some cables carry power only), or give --port.");
	return ports;
}

/** What registering would refuse after minutes of building. */
function issuerProblem(): string[] {
	try {
		issuerChoice(options);
		return [];
	} catch (error) {
		return [(error as Error).message];
	}
}

function check(ports: readonly string[]): void {
	const problems = [
		...findProblems({ build: does("build"), flash: does("flash"), ports }),
		...(does("register") ? issuerProblem() : []),
	];
	if (problems.length > 0) throw new UserError(problems.join("\n"));
	say("check", `${ports.length === 1 ? "one board" : `${ports.length} boards`}: ${ports.join(", ")}`);
}

/** The endpoint of the account that the AWS SDK finds credentials for. */
async function askEndpoint(): Promise<string> {
	const account = { ...options, rate: callRate, json: false };
	const { api, close } = await accessAccount(account, line => say("build", line));
	try {
		return await api.endpoint();
	} catch (error) {
		throw new UserError(
			`The account's endpoint could not be read: ${(error as Error).message} Or give its name with --endpoint.`,
		);
	} finally {
		close();
	}
}

async function build(): Promise<void> {
	const { ssid, password, chip } = options;
	if (ssid === undefined)
		throw new UserError(
			"The build needs --ssid, the Wi-Fi network of the boards; or --no-ssid, and each board gets its network with: npm run board -- configure",
		);
	const endpoint = options.endpoint ?? (await askEndpoint());
	const settings = [
		...(ssid === false ? [] : [`ssid=${ssid}`]),
		...(password === undefined ? [] : [`password=${password}`]),
		`endpoint=${endpoint}`,
	];
	say("build", `for ${endpoint}; this takes some minutes`);
	const folder = imageFolder(process.env.MODDABLE ?? "", chip);
	const before = imageTime(folder);
	await runChild({
		what: "Building the image",
		program: "mcconfig",
		args: ["-m", "-p", platformOf(chip), "-t", "build", ...settings, ...policySettings, ...command.args],
		remedy: "correct what the lines below name; docs/hardware.md has the versions that fit together.",
		onLine: line => say("build", line),
	});
	readImage(folder, chip, before);
}

async function flash(port: string, parts: readonly FlashPart[]): Promise<void> {
	const { chip } = options;
	await runChild({
		what: `Flashing the board at ${port}`,
		program: findEsptool() ?? "esptool.py",
		args: [
			...["--chip", chip, "--port", port, "--baud", "460800", "write_flash"],
			...parts.flatMap(({ offset, file }) => [`0x${offset.toString(16)}`, file]),
		],
		remedy: "hold the board's BOOT button while it connects, and check that no other program uses the port.",
		onLine: line => say("flash", `${basename(port)} ${line}`),
	});
}

/** Flashes one board after the other. A board that fails does not stop the others. @returns the ports of those that have it */
async function flashAll(ports: readonly string[], failures: string[]): Promise<string[]> {
	const { chip } = options;
	const parts = readImage(imageFolder(process.env.MODDABLE ?? "", chip), chip);
	const flashed: string[] = [];
	for (const port of ports) {
		try {
			await flash(port, parts);
			flashed.push(port);
		} catch (error) {
			if (!(error instanceof UserError)) throw error;
			say("flash", `${basename(port)} failed`);
			failures.push(error.message);
		}
	}
	return flashed;
}

async function register(ports: readonly string[]): Promise<void> {
	const { region, profile, endpointUrl, ca, anyIssuer, state } = options;
	const given = { region, profile, "endpoint-url": endpointUrl, state };
	const named = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
	const issuer = anyIssuer ? ["--any-issuer"] : (ca ?? []).flatMap(file => ["--ca", file]);
	await runChild({
		what: "Registering the chips",
		program: process.execPath,
		args: [join(root, "tools", "run.mjs"), "provision", ...ports, ...named, ...issuer],
		remedy: "correct what the lines below name; --skip build --skip flash goes on from here.",
		onLine: line => say("register", line),
	});
}

/** Follows boards to their echoes. */
async function followAll(ports: readonly string[]): Promise<void> {
	if (options.ssid === false)
		return say(
			"follow",
			"the boards wait for their settings: npm run board -- configure --port PORT ssid=NAME password",
		);
	const width = Math.max(...ports.map(port => basename(port).length), 8);
	await follow({
		ports,
		baudRate: options.baud,
		timeLimit: options.timeLimit,
		onLine: (name, line) => console.log(`${name.padEnd(width)} │ ${printable(line)}`),
	});
	console.log(`\n${ports.length === 1 ? "The board has" : `All ${ports.length} boards have`} received an echo.`);
}

async function takeToEcho(): Promise<void> {
	options = command.opts<Options>();
	const given = findPorts();
	const failures: string[] = [];
	if (does("check")) check(given);
	if (does("build")) await build();
	const ports = does("flash") ? await flashAll(given, failures) : given;
	if (does("register") && ports.length > 0) await register(ports);
	if (does("follow") && ports.length > 0) await followAll(ports).catch((error: Error) => failures.push(error.message));
	if (failures.length > 0) throw new UserError(failures.join("\n"));
}

for (const [signal, status] of [
	["SIGINT", 130],
	["SIGTERM", 143],
	["SIGHUP", 129],
] as const)
	process.once(signal, () => process.exit(status)); // whatever a step has started ends with this program

command.parse();
