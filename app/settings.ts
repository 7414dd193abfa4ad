// SPDX-License-Identifier: MIT
import { type ClientIdForm, clientIdForm } from "./identity.js";

/**
 * The firmware's settings, checked: mc/config, with what is stored on the device in its place (app/configuration). Whatever a
 * setting can make wrong is found here, before chip and network; only whether a root certificate can be parsed is left to TLS.
 */
export interface Settings {
	/** Name of the Wi-Fi network; "" for none. */
	ssid: string;
	/** "" for an open network. */
	password: string;
	/** Host name of the time server. */
	sntp: string;
	/** Name of the AWS IoT endpoint (`aws iot describe-endpoint --endpoint-type iot:Data-ATS`); "" for none. */
	endpoint: string;
	port: number;
	/** The IPv4 address that every name stands for; "" to ask the name server. */
	address: string;
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

/** What knows the chip's own settings: each throws for a text that it does not understand. */
export interface ChipSettings {
	key(text: string): unknown;
	scp03(text: string): unknown;
}

/** Settings by their names, as mc/config has them: not checked. */
export type Config = Readonly<Record<string, unknown>>;

const defaults = Object.freeze({
	ssid: "",
	password: "",
	sntp: "pool.ntp.org",
	endpoint: "",
	port: 8883,
	address: "",
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

/** IEEE 802.11-2020, 9.4.2.2: an SSID has 0 to 32 octets; an empty one is a wildcard. */
const maximumSsidLength = 32;
/** IEEE 802.11-2020, annex J.4: a passphrase has 8 to 63 printable characters; 64 hexadecimal digits are the key itself. */
const minimumPasswordLength = 8,
	maximumPasswordLength = 63;
/** AWS IoT's limits of a topic: bytes of UTF-8, and slashes. */
const maximumTopicLength = 256;
const maximumSlashes = 7;
/** RFC 1035 section 2.3.4; the TLS engine takes as many. */
const maximumHostLength = 253;
/** As many as the TLS engine takes. */
const maximumRoots = 16;

/** @param fallback what it is when nobody gives it; only where that is "" may it be empty */
function string(config: Config, name: string, fallback: string): string {
	const value = config[name] ?? fallback;
	if (typeof value !== "string" || (value === "" && fallback !== ""))
		throw new Error(`The setting "${name}" is empty: give it a value, such as ${name}=${fallback}.`);
	return value;
}

/** A whole number; mcconfig's command line hands numbers over as strings. */
function integer(config: Config, name: string, fallback: number, least: number, most: number): number {
	const given = config[name] ?? fallback;
	const value = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
	if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
		throw new Error(`The setting ${name}=${String(given)} must be a whole number from ${least} to ${most}.`);
	return value;
}

/** Bytes of UTF-8; undefined for a string with half of a surrogate pair, which has none. */
function utf8Length(text: string): number | undefined {
	let length = 0;
	for (const character of text) {
		const code = character.codePointAt(0) ?? 0;
		if (code >= 0xd800 && code <= 0xdfff) return undefined;
		length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	}
	return length;
}

function topic(config: Config): string {
	const value = string(config, "topic", defaults.topic);
	const length = utf8Length(value);
	const isWrong = value.includes("+") || value.includes("#") || value.includes("\0") || length === undefined;
	if (isWrong || length > maximumTopicLength || value.split("/").length > maximumSlashes + 1)
		throw new Error(
			`The setting topic=${value} cannot be published to: a topic has at most ${maximumTopicLength} bytes and ${maximumSlashes} slashes, and no +, # or null character.`,
		);
	return value;
}

function ssid(config: Config): string {
	const value = string(config, "ssid", defaults.ssid);
	const length = utf8Length(value);
	if (length === undefined || value.includes("\0"))
		throw new Error(
			`The setting ssid=${value} is not the name of a Wi-Fi network: it has a null or a damaged character.`,
		);
	if (length > maximumSsidLength)
		throw new Error(
			`The setting ssid=${value} is too long for the name of a Wi-Fi network: it has ${length} bytes; the most is ${maximumSsidLength}.`,
		);
	return value;
}

/** What is wrong with it is said without it. */
function password(config: Config): string {
	const value = string(config, "password", defaults.password);
	const isKey = /^[0-9A-Fa-f]{64}$/.test(value);
	if (value === "" || isKey) return value;
	if (value.length < minimumPasswordLength || value.length > maximumPasswordLength)
		throw new Error(
			`The setting "password" has ${value.length} characters; a Wi-Fi password has ${minimumPasswordLength} to ${maximumPasswordLength}, or is empty for an open network.`,
		);
	if (!/^[ -~]*$/.test(value))
		throw new Error('The setting "password" has a character that is not printable ASCII: no Wi-Fi password has.');
	return value;
}

/** @param remedy where the right value comes from */
function hostName(config: Config, name: "endpoint" | "sntp", remedy: string): string {
	const value = string(config, name, defaults[name]);
	if (value === "") return value;
	if (value.includes("/") || value.includes(":"))
		throw new Error(`The setting ${name}=${value} must be a host name only: no scheme, no port, no path.`);
	const isName = value.split(".").every(label => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label));
	if (!isName || value.length > maximumHostLength)
		throw new Error(`The setting ${name}=${value} is not a host name: ${remedy}.`);
	return value;
}

/** Without leading zeros: lwIP takes such a number for an octal one. */
function isIPv4(text: string): boolean {
	const numbers = text.split(".");
	return numbers.length === 4 && numbers.every(number => /^(0|[1-9]\d{0,2})$/.test(number) && Number(number) <= 255);
}

/**
 * The platform's resolver takes it; a wrong one would fail at each connection. IPv6 is not taken: the SDK's socket binds
 * to IPv4 first, and cannot buffer an address of more than 31 characters.
 */
function address(config: Config): string {
	const value = string(config, "address", defaults.address);
	if (value !== "" && !isIPv4(value))
		throw new Error(`The setting address=${value} must be an IPv4 address, as 192.0.2.10.`);
	return value;
}

/** Base64 of each root. */
function roots(config: Config): string[] {
	const given = string(config, "trustedRoots", defaults.trustedRoots)
		.split(",")
		.filter(root => root !== "");
	if (given.length > maximumRoots)
		throw new Error(
			`The setting "trustedRoots" has ${given.length} certificates: give the roots of the endpoint only, at most ${maximumRoots}.`,
		);
	const wrong = given.findIndex(root => !/^[A-Za-z0-9+/]+={0,2}$/.test(root) || root.length % 4 !== 0);
	if (wrong >= 0)
		throw new Error(
			`The setting "trustedRoots" is not base64 at its certificate ${wrong + 1}: give DER as base64, with commas between certificates.`,
		);
	return given;
}

/** The setting as it is, once its meaning was found. */
function checked(config: Config, name: "key" | "scp03", check: (text: string) => unknown): string {
	const value = string(config, name, defaults[name]);
	check(value);
	return value;
}

/** @throws Error that names the setting, what is wrong with it and how it is given */
export function settings(config: Config, chip: ChipSettings): Settings {
	const backoffBase = integer(config, "backoffBase", defaults.backoffBase, 1, 3_600_000);
	return {
		ssid: ssid(config),
		password: password(config),
		sntp: hostName(config, "sntp", "name a time server, as pool.ntp.org"),
		endpoint: hostName(config, "endpoint", "copy it from aws iot describe-endpoint --endpoint-type iot:Data-ATS"),
		port: integer(config, "port", defaults.port, 1, 65535),
		address: address(config),
		trustedRoots: roots(config),
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
		key: checked(config, "key", chip.key),
		scp03: checked(config, "scp03", chip.scp03),
		hz: integer(config, "hz", defaults.hz, 10_000, 1_000_000),
	};
}

/**
 * What a connection needs and nobody has given, as a sentence; undefined when nothing is missing.
 * @param needed the names of what the platform's network needs besides the endpoint
 */
export function missingSettings(given: Settings, needed: readonly "ssid"[]): string | undefined {
	const missing = ([...needed, "endpoint"] as const).filter(name => given[name] === "");
	if (missing.length === 0) return undefined;
	const names = missing.map(name => `"${name}"`).join(" and ");
	const form = missing.map(name => `${name}=…`).join(" ");
	return `The ${missing.length > 1 ? "settings" : "setting"} ${names} ${missing.length > 1 ? "are" : "is"} missing: give ${form} on the command line that builds or starts the firmware, or over the serial line with: set ${form}`;
}

/** The value of a setting for a person; what nobody gave is its default. */
export function settingText(config: Config, name: string): string {
	return String(config[name] ?? (defaults as Config)[name] ?? "");
}

/** Whether settings can be given over the serial line: not in a build with configure=0. */
export function isConfigurable(config: Config): boolean {
	return integer(config, "configure", 1, 0, 1) === 1;
}
