// SPDX-License-Identifier: MIT
import Base64 from "base64";
import config from "mc/config";
import "mqttclient/config";
import Resource from "Resource";
import { Echo } from "app/echo";
import { clientId, clientIdWarning, deviceTopic, toHex } from "app/identity";
import { Report } from "app/report";
import { describe, verify } from "app/selftest/certificate";
import { SelfTest } from "app/selftest/selftest";
import { type Settings, settings } from "app/settings";
import { monotonic } from "iot/clock";
import { watchConnack } from "iot/connack";
import type { ClientConstructor } from "iot/mqtt";
import { seedByteLength, seededRandom } from "iot/random";
import { Session } from "iot/session";
import failed from "platform/failed";
import memory from "platform/memory";
import online from "platform/online";
import print from "platform/print";
import Preference from "preference";
import { Credential, type Reading } from "se050/credential";
import Link from "se050/link";
import { keyPair, objects } from "se050/objects";
import { pemLines } from "se050/pem";
import { scp03Option } from "se050/scp03";
import { SE050, type Version } from "se050/se050";
import Time from "time";
import Timer from "timer";
import { sha256 } from "tls/digest";
import TLSSocket, { type Secure } from "tls/tlssocket";

/** What ECMA-419's host provider has for MQTT on both platforms. */
interface Device {
	network: { mqtt: { io: ClientConstructor; dns: object; socket: { io: unknown } } };
}

const version = "0.1.0";
/** Amazon's root CAs, as certs/ has them: AWS IoT's RSA chains end in the first, its ECDSA chains in the third. */
const amazonRoots = Object.freeze(["AmazonRootCA1.der", "AmazonRootCA3.der"]);

/** AWS IoT takes MQTT with a client certificate on port 443 only with this ALPN protocol. */
const httpsPort = 443;
const mqttOverHttpsPort = "x-amzn-mqtt-ca";

/** Made here, so that the class is in flash with this module. */
const Socket = watchConnack(TLSSocket);

function encode(text: string): Uint8Array {
	return new Uint8Array(ArrayBuffer.fromString(text));
}

function decode(bytes: Uint8Array): string {
	return String.fromArrayBuffer(bytes.slice().buffer);
}

interface OpenedChip {
	chip: SE050;
	version: Version;
}

interface Identity {
	id: string;
	credential: Credential;
}

/** What an RSA signature needs beside the chip. */
function hash(name: string, bytes: Uint8Array): Uint8Array | undefined {
	return name === "SHA-256" ? sha256(bytes) : undefined;
}

function openChip({ bus, hz, scp03 }: Settings, report: Report): OpenedChip {
	const link = new Link({ bus, hz });
	const chip = new SE050(link, { scp03: scp03Option(scp03), hash });
	const version = chip.select();
	const { major, minor, patch } = version;
	report.event("chip", { applet: `${major}.${minor}.${patch}`, bus });
	return { chip, version };
}

/** Reports where the certificate was read, and prints it when it is another one than before. */
function reportCertificate({ certificate, source, isNew }: Reading, report: Report): Uint8Array {
	if (source)
		report.event("certificate", { bytes: certificate.length, certificateId: toHex(sha256(certificate)), source });
	if (isNew) report.block(pemLines(certificate, bytes => Base64.encode(bytes)));
	return certificate;
}

function reportUnkept(problem: string | undefined, report: Report): void {
	if (problem)
		report.event("warning", {
			message: `The certificate is not kept, and is read from the chip at each start: ${problem}`,
		});
}

function readIdentity({ chip, version }: OpenedChip, { clientIdForm, key }: Settings, report: Report): Identity {
	const uid = chip.uid();
	const id = clientId(uid, clientIdForm, bytes => Base64.encode(bytes));
	report.event("identity", { uid: toHex(uid), clientId: id });
	const warning = clientIdWarning(id);
	if (warning) report.event("warning", { message: warning });
	const credential = new Credential({ chip, preferences: Preference, uid, version, pair: keyPair(key) });
	reportCertificate(credential.read(), report);
	return { id, credential };
}

function trustedRoots({ trustedRoots: given }: Settings): ArrayBuffer[] {
	return given.length > 0
		? given.map(root => Base64.decode(root))
		: amazonRoots.map(name => new Resource(name) as unknown as ArrayBuffer);
}

/** The jitter's random source, seeded by the chip when it is first needed. */
function jitter(chip: SE050): () => number {
	let random: (() => number) | undefined;
	return () => (random ??= seededRandom(chip.random(seedByteLength)))();
}

/** The session copies it for each connection, and so asks each time for the certificate. */
function secure(given: Settings, credential: Credential, report: Report): Omit<Secure, "serverName"> {
	const protocols = given.port === httpsPort ? { applicationLayerProtocols: [mqttOverHttpsPort] } : {};
	let warned = false;
	return {
		onWarning(message) {
			if (!warned) report.event("warning", { message });
			warned = true;
		},
		trustedRoots: trustedRoots(given),
		get certificate() {
			return reportCertificate(credential.show(), report);
		},
		key: credential,
		...protocols,
	};
}

function connect(chip: SE050, given: Settings, { id, credential }: Identity, now: () => number, report: Report): void {
	const {
		endpoint,
		port,
		keepAlive,
		persistent,
		interval,
		messages,
		backoffBase,
		backoffCap,
		connackWithin,
		acknowledgeWithin,
	} = given;
	const topic = deviceTopic(given.topic, id);
	const { mqtt } = (globalThis as unknown as { device: Device }).device.network;
	const events = (name: string, fields = {}) => report.event(name, fields);
	const echo = new Echo({
		topic,
		clientId: id,
		interval,
		messages,
		timer: Timer,
		report: events,
		encode,
		decode,
	});
	const session: Session = new Session({
		io: mqtt.io,
		host: endpoint,
		port,
		clientId: id,
		keepAlive,
		persistent,
		dns: mqtt.dns,
		socket: { io: Socket, TCP: mqtt.socket, secure: secure(given, credential, report) },
		subscriptions: [{ topic, QoS: 1 }],
		backoff: { base: backoffBase, cap: backoffCap },
		connackWithin,
		acknowledgeWithin,
		timer: Timer,
		now,
		random: jitter(chip),
		report: events,
		onReady: () => {
			reportUnkept(credential.accepted(), report);
			echo.start(session);
		},
		onMessage: message => echo.receive(message),
	});
}

/** What selftest=1 does instead of a session. */
function tryChip(report: Report): void {
	const { bus, hz, scp03 } = settings({ ...config, endpoint: "none" });
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

function run(now: () => number, report: Report): void {
	report.event("start", { firmware: `moddable-se050@${version}` });
	if (Number(config.selftest ?? 0) === 1) return tryChip(report);
	const given = settings(config);
	const opened = openChip(given, report);
	const identity = readIdentity(opened, given, report);
	online(
		config,
		(name, fields) => report.event(name, fields),
		() => connect(opened.chip, given, identity, now, report),
	);
}

/** The program. A function, so that this module can be preloaded: its top level runs in the build then, where nothing is there. */
export default function main(): void {
	const now = monotonic(Time);
	const report = new Report({ print, now });
	try {
		run(now, report);
	} catch (error) {
		report.event("error", { step: "start", message: error instanceof Error ? error.message : String(error) });
		failed(error);
	}
}
