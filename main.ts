// SPDX-License-Identifier: MIT
import Base64 from "base64";
import config from "mc/config";
import "mqttclient/config";
import Resource from "Resource";
import { CertificateReport } from "app/certificate-report";
import { Configuration } from "app/configuration";
import { Echo } from "app/echo";
import { checkCertificate, clientId, clientIdWarning, deviceTopic, toHex } from "app/identity";
import { Report } from "app/report";
import { describe, verify } from "app/selftest/certificate";
import { SelfTest } from "app/selftest/selftest";
import { type Config, missingSettings, type Settings, settings } from "app/settings";
import { SettingsStore } from "app/settings-store";
import { type Conversation, Startup, type StartupOptions } from "app/startup";
import { Backoff } from "iot/backoff";
import { monotonic } from "iot/clock";
import { watchConnack } from "iot/connack";
import type { Reason } from "iot/diagnosis";
import type { Fields } from "iot/events";
import type { Message } from "iot/inbox";
import type { ClientConstructor } from "iot/mqtt";
import { seedByteLength, seededRandom } from "iot/random";
import { Session } from "iot/session";
import { randomBytes, startEntropy } from "platform/entropy";
import failed from "platform/failed";
import memory from "platform/memory";
import online, { neededSettings, type Online } from "platform/online";
import print from "platform/print";
import restart from "platform/restart";
import serialInput from "platform/serial-input";
import Preference from "preference";
import { crc32 } from "se050/crc32";
import { Credential, OtherChipError } from "se050/credential";
import Link from "se050/link";
import { LinkError } from "se050/link-error";
import { keyPair, objects } from "se050/objects";
import { eachPemLine } from "se050/pem";
import { scp03Option } from "se050/scp03";
import { SE050 } from "se050/se050";
import Time from "time";
import Timer from "timer";
import { sha256 } from "tls/digest";
import TLSError from "tls/tls-error";
import TLSSocket, { type Secure } from "tls/tlssocket";

/** What ECMA-419's host provider has for MQTT on both platforms. */
interface Device {
	network: { mqtt: { io: ClientConstructor; dns: object; socket: { io: unknown } } };
}

const version = "0.1.0";
/** Amazon's root CAs: see certs/README.md. */
const amazonRoots = Object.freeze(["AmazonRootCA1.der", "AmazonRootCA2.der", "AmazonRootCA3.der", "AmazonRootCA4.der"]);

/** Made here, so that the class is in flash with this module. */
const Socket = watchConnack(TLSSocket);

function encode(text: string): Uint8Array {
	return new Uint8Array(ArrayBuffer.fromString(text));
}

function decode(bytes: Uint8Array): string {
	return String.fromArrayBuffer(bytes.slice().buffer);
}

const chipSettings = Object.freeze({ key: keyPair, scp03: scp03Option });

/** Whose the device is, and the chip that says so. */
interface Identity {
	id: string;
	topic: string;
	credential: Credential;
	link: Link;
}

function base64(bytes: Uint8Array): string {
	return Base64.encode(bytes);
}

function printPem(certificate: Uint8Array, take: (line: string) => void): void {
	eachPemLine(certificate, base64, take);
}

/** The day by the clock, YYYY-MM-DD. */
function today(): string {
	return new Date().toISOString().slice(0, 10);
}

/** What an RSA signature needs besides the chip. */
function hash(name: string, bytes: Uint8Array): Uint8Array | undefined {
	return name === "SHA-256" ? sha256(bytes) : undefined;
}

function readIdentity(link: Link, given: Settings, { output, certificates }: Program): Identity {
	const chip = new SE050(link, { scp03: scp03Option(given.scp03), hash });
	const version = chip.select();
	const { major, minor, patch } = version;
	output.event("chip", { applet: `${major}.${minor}.${patch}`, bus: given.bus });
	const uid = chip.uid();
	const id = clientId(uid, given.clientIdForm, base64);
	output.event("identity", { uid: toHex(uid), clientId: id });
	const warning = clientIdWarning(id);
	if (warning) output.event("warning", { message: warning });
	const topic = deviceTopic(given.topic, id);
	const credential = new Credential({ chip, preferences: Preference, uid, version, pair: keyPair(given.key) });
	checkCertificate(certificates.read(credential.read()));
	return { id, topic, credential, link };
}

/** The bus belongs to the identity; it is free again when there is none. */
function identify(program: Program): Identity {
	const { given } = program;
	const { bus, hz } = given;
	const link = new Link({ bus, hz });
	try {
		return readIdentity(link, given, program);
	} catch (error) {
		link.close();
		throw error;
	}
}

/** A chip that cannot be reached now may be reached later; what it said is not different the next time. */
function isTemporary(error: unknown): boolean {
	return error instanceof LinkError && error.retryable;
}

function trustedRoots({ trustedRoots: given }: Settings): ArrayBuffer[] {
	return given.length > 0
		? given.map(root => Base64.decode(root))
		: amazonRoots.map(name => new Resource(name) as unknown as ArrayBuffer);
}

/** The session copies it for each connection, and so asks each time for the certificate. */
function secure(program: Program, given: Settings, credential: Credential): Omit<Secure, "serverName"> {
	const { certificates, report } = program;
	let warned = false;
	return {
		onWarning(message) {
			if (!warned) report("warning", { message });
			warned = true;
		},
		trustedRoots: trustedRoots(given),
		get certificate() {
			try {
				return certificates.show(credential.show());
			} catch (error) {
				if (error instanceof OtherChipError) Timer.set(() => program.restart(), 0);
				throw error;
			}
		},
		key: credential,
	};
}

/** A server's certificate does not fit the clock: one of the two is wrong. */
function isDated(reason: unknown): boolean {
	return reason instanceof TLSError && (reason.reason === "expired" || reason.reason === "not-yet-valid");
}

/** What uses the session: see docs/your-application.md. */
interface Application {
	/** The session is ready, for the first time or again. */
	start(publisher: Session): void;
	receive(message: Message): void;
	/** Publishes no more. */
	end(): void;
}

/** The session's options and its owner in one. A class: its methods are in flash, and each function made at run time takes memory. */
class DeviceConversation implements Conversation {
	readonly #network: Online;
	readonly #certificates: CertificateReport;
	readonly #identity: Identity;
	readonly #application: Application;
	readonly #session: Session;

	constructor(program: Program, identity: Identity, network: Online) {
		const { given, report, certificates, now, random } = program;
		const { id, topic, credential } = identity;
		const { mqtt } = (globalThis as unknown as { device: Device }).device.network;
		const { address } = given;
		const echo = new Echo({
			topic,
			clientId: id,
			interval: given.interval,
			messages: given.messages,
			timer: Timer,
			report,
			encode,
			decode,
		});
		this.#network = network;
		this.#certificates = certificates;
		this.#identity = identity;
		this.#application = echo;
		const options = {
			io: mqtt.io,
			host: given.endpoint,
			port: given.port,
			clientId: id,
			keepAlive: given.keepAlive,
			persistent: given.persistent,
			dns: address === "" ? mqtt.dns : { ...mqtt.dns, address },
			socket: { io: Socket, TCP: mqtt.socket, secure: secure(program, given, credential) },
			subscriptions: [{ topic, QoS: 1 }],
			backoff: { base: given.backoffBase, cap: given.backoffCap },
			connackWithin: given.connackWithin,
			acknowledgeWithin: given.acknowledgeWithin,
			timer: Timer,
			now,
			random,
			report,
		} as const;
		this.#session = new Session(Object.assign(this, options));
	}

	onReady(serverValidFrom?: number): void {
		if (serverValidFrom !== undefined) this.#network.confirmTime(serverValidFrom);
		this.#certificates.kept(this.#identity.credential.accepted());
		this.#application.start(this.#session);
	}

	onMessage(message: Message): void {
		this.#application.receive(message);
	}

	onFailure(reason: Reason | undefined): void {
		if (isDated(reason)) this.#network.doubtTime();
	}

	pause(): void {
		this.#session.pause();
	}

	resume(): void {
		this.#session.resume();
	}

	close(): void {
		this.#application.end();
		this.#session.close();
		this.#identity.link.close();
	}
}

/** What selftest=1 does instead of a session. */
function tryChip(report: Report): void {
	const { bus, hz, scp03 } = settings(config, chipSettings);
	const link = new Link({ bus, hz });
	const test = new SelfTest({
		link,
		chip: new SE050(link, { scp03: scp03Option(scp03) }),
		bus,
		hz,
		objects,
		describe,
		verify,
		sha256,
		memory,
		print,
		microseconds: () => Time.microseconds ?? Time.ticks * 1_000,
	});
	const { checks, failed } = test.run();
	report.event("selftest", { result: failed === 0 ? "passed" : "failed", checks, failed });
	link.close();
}

/** Everything that is thrown, now or later, ends here: one event, then the platform's way to end a program. */
function ended(error: unknown, report: Report): void {
	report.event("error", { step: "start", message: error instanceof Error ? error.message : String(error) });
	failed(error);
}

/** What the settings lack for a connection, as a sentence. @throws Error for a setting that is wrong */
function checkSettings(given: Config): string | undefined {
	return missingSettings(settings(given, chipSettings), neededSettings(given.network));
}

/** Made here, so that all of it is in flash with this module. */
const configurationOptions = Object.freeze({
	store: new SettingsStore(Object.freeze({ storage: Preference, checksum: text => crc32(encode(text)) })),
	compiledIn: config,
	check: checkSettings,
	input: serialInput,
	decode,
	timer: Timer,
	restart,
});

/** Takes the report's events. One function for all, because each function takes memory. */
type EventTaker = (name: string, fields?: Fields) => void;

/** What all parts of the program share, and what brings chip and network together: a class, as DeviceConversation is. */
class Program implements StartupOptions<Identity> {
	readonly timer = Timer;
	readonly isTemporary = isTemporary;
	readonly random = seededRandom(randomBytes(seedByteLength));
	readonly backoff: Backoff;
	readonly certificates: CertificateReport;
	readonly output: Report;
	/** A monotonic clock, in milliseconds. */
	readonly now: () => number;
	readonly report: EventTaker;
	readonly #configuration: Configuration;
	readonly #startup: Startup<Identity>;
	#network: Online | undefined;

	constructor(now: () => number, output: Report, report: EventTaker, configuration: Configuration) {
		this.now = now;
		this.output = output;
		this.report = report;
		this.#configuration = configuration;
		const { given, random } = this;
		this.certificates = new CertificateReport({ report: output, eachPemLine: printPem, sha256, describe, today });
		this.backoff = new Backoff({ base: given.backoffBase, cap: given.backoffCap, random });
		this.#startup = new Startup(this);
	}

	/** Made again each time it is asked for, which is rare: kept, it would take memory for the whole run. */
	get given(): Settings {
		return settings(this.#configuration.config, chipSettings);
	}

	identify(): Identity {
		return identify(this);
	}

	connect(identity: Identity): Conversation {
		return new DeviceConversation(this, identity, this.#network as Online);
	}

	failed(error: unknown): void {
		ended(error, this.output);
	}

	/** Another chip is there. */
	restart(): void {
		this.#startup.restart();
	}

	start(): void {
		const startup = this.#startup;
		if (!startup.identify() || !this.#configuration.isComplete()) return;
		const { ssid, password, sntp } = this.given;
		this.#network = online({
			network: config.network,
			ssid,
			password,
			sntp,
			report: this.report,
			random: this.random,
			onOnline: () => startup.online(),
			onOffline: () => startup.offline(),
		});
	}
}

function run(now: () => number, output: Report): void {
	output.event("start", { firmware: `moddable-se050@${version}` });
	startEntropy();
	if (Number(config.selftest ?? 0) === 1) return tryChip(output);
	const report: EventTaker = (name, fields) => output.event(name, fields);
	const configuration = new Configuration(configurationOptions, report);
	configuration.start();
	if (configuration.isRight()) new Program(now, output, report, configuration).start();
}

/** The program. A function, so that this module can be preloaded: its top level runs in the build then, where nothing is there. */
export default function main(): void {
	const now = monotonic(Time);
	const report = new Report({ print, now });
	try {
		run(now, report);
	} catch (error) {
		ended(error, report);
	}
}
