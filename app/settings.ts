// SPDX-License-Identifier: MIT
import { type ClientIdForm, clientIdForm } from "./identity.js";

/** What the firmware is told from outside: mc/config, checked. */
export interface Settings {
	/** Name of the AWS IoT endpoint (`aws iot describe-endpoint --endpoint-type iot:Data-ATS`). */
	endpoint: string;
	port: number;
	/** Root CAs to trust instead of Amazon's: base64 of DER, one after another with commas between; empty: Amazon's. */
	trustedRoots: readonly string[];
	topic: string;
	clientIdForm: ClientIdForm;
	/** Seconds; AWS IoT takes 30 to 1200. */
	keepAlive: number;
	/** AWS IoT keeps subscriptions and QoS 1 messages while the device is away. */
	persistent: boolean;
	/** Milliseconds between two rounds of messages. */
	interval: number;
	/** End after so many echoes of our own; 0: never. */
	messages: number;
	/** Bounds of the reconnect delay, in milliseconds. */
	backoffBase: number;
	backoffCap: number;
	/** How long a CONNACK may take, name resolution, TCP and TLS included, in milliseconds. */
	connackWithin: number;
	/** How long a SUBACK or PUBACK may take before the packet is repeated, in milliseconds. */
	acknowledgeWithin: number;
	/** Where the chip is: see se050/link. */
	bus: string;
	/** Clock of the chip's bus, in Hz. */
	hz: number;
	/** The key in the chip, and with it the certificate: see keyPair in se050/objects. */
	key: string;
	/** Platform SCP03, as se050/scp03 reads it; may hold keys: never printed. Empty: none. */
	scp03: string;
}

type Config = Readonly<Record<string, unknown>>;

const defaults = Object.freeze({
	port: 8883,
	topic: "test_topic/esp32",
	clientId: "base64",
	keepAlive: 60,
	persistent: 0,
	interval: 5000,
	messages: 0,
	bus: "",
	hz: 400_000,
	key: "F0000100",
	scp03: "",
	trustedRoots: "",
	backoffBase: 1_000,
	backoffCap: 128_000,
	connackWithin: 30_000,
	acknowledgeWithin: 10_000,
} as const);

/** AWS IoT's limit of a topic, in bytes of UTF-8; the check counts UTF-16 units, which are never more. */
const maximumTopicLength = 256;

function string(config: Config, name: string, fallback?: string): string {
	const value = config[name] ?? fallback;
	if (typeof value !== "string" || (value === "" && fallback !== ""))
		throw new Error(
			`The setting "${name}" is missing: give it on the command line that builds or starts the firmware, ${name}=…`,
		);
	return value;
}

/** A whole number; mcconfig's command line hands numbers over as strings. */
function integer(config: Config, name: string, fallback: number, least: number, most: number): number {
	const given = config[name] ?? fallback;
	const value = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
	if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
		throw new Error(`The setting ${name}=${String(given)} is not a whole number from ${least} to ${most}.`);
	return value;
}

function topic(config: Config): string {
	const value = string(config, "topic", defaults.topic);
	if (value.length > maximumTopicLength || value.includes("+") || value.includes("#"))
		throw new Error(
			`The setting topic=${value} is no topic to publish to: at most ${maximumTopicLength} bytes, without + and #.`,
		);
	return value;
}

function endpoint(config: Config): string {
	const value = string(config, "endpoint");
	if (value.includes("/") || value.includes(":"))
		throw new Error(`The setting endpoint=${value} is a host name only: no scheme, no port, no path.`);
	return value;
}

/** @throws Error that names the setting, what is wrong with it and how it is given */
export function settings(config: Config): Settings {
	const backoffBase = integer(config, "backoffBase", defaults.backoffBase, 1, 3_600_000);
	return {
		endpoint: endpoint(config),
		port: integer(config, "port", defaults.port, 1, 65535),
		trustedRoots: string(config, "trustedRoots", defaults.trustedRoots)
			.split(",")
			.filter(root => root !== ""),
		topic: topic(config),
		clientIdForm: clientIdForm(string(config, "clientId", defaults.clientId)),
		keepAlive: integer(config, "keepAlive", defaults.keepAlive, 30, 1200),
		persistent: integer(config, "persistent", defaults.persistent, 0, 1) === 1,
		interval: integer(config, "interval", defaults.interval, 10, 86_400_000),
		messages: integer(config, "messages", defaults.messages, 0, 1_000_000),
		backoffBase,
		backoffCap: integer(config, "backoffCap", Math.max(defaults.backoffCap, backoffBase), backoffBase, 3_600_000),
		connackWithin: integer(config, "connackWithin", defaults.connackWithin, 100, 600_000),
		acknowledgeWithin: integer(config, "acknowledgeWithin", defaults.acknowledgeWithin, 100, 600_000),
		bus: string(config, "bus", defaults.bus),
		key: string(config, "key", defaults.key),
		scp03: string(config, "scp03", defaults.scp03),
		hz: integer(config, "hz", defaults.hz, 10_000, 1_000_000),
	};
}
