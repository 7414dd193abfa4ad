// SPDX-License-Identifier: MIT

import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { printable } from "../lib/printable.js";
import { DeviceBroker } from "./broker/broker.js";
import { DeviceEvents } from "./broker/events.js";
import { Lifecycle } from "./broker/lifecycle.js";
import { awsLimits, type Limits } from "./broker/limits.js";
import { RegistrationTasks } from "./bulk/tasks.js";
import { type KeptCredentials, operatorCredentials } from "./control/credentials.js";
import { createControlServer } from "./control/server.js";
import { Throttle } from "./control/throttle.js";
import { deviceAuthority, type ServerKeyType, serverIdentity, serverKeyTypes } from "./endpoint/authority.js";
import type { DeviceIssuer } from "./endpoint/device-issuer.js";
import { DeviceEndpoint } from "./endpoint/endpoint.js";
import { StateError } from "./errors.js";
import { lockFolder, prepareFolder, readText, writeStateFile } from "./files.js";
import { hostOf, isLoopback, ListenError, type Listening, listenOnLoopback } from "./listen.js";
import { Feed } from "./page/feed.js";
import { pageServers } from "./page/server.js";
import { Registry } from "./registry/registry.js";
import { defectiveIdentity } from "./scenario/certificate.js";
import type { Observer } from "./scenario/observer.js";
import type { EndpointScenario } from "./scenario/scenarios.js";

export { type ServerKeyType, serverKeyTypes };

/** Where AWS IoT Core's stand-in keeps its state and listens. */
export interface IotCoreOptions {
	/** Folder of the registrations, the server's keys and the endpoint's name; made when missing. */
	stateDir: string;
	/** Default `ap-northeast-1`. */
	region?: string;
	/** Twelve digits; default `123456789012`. */
	account?: string;
	/** Port of MQTT over TLS; default 8883; 0 for any. */
	devicePort?: number;
	/** The only address that the device endpoint listens on: for boards in the same network. Default: the loopback addresses. */
	deviceAddress?: string;
	/** A second port for devices, which requires ALPN x-amzn-mqtt-ca as AWS IoT's port 443 does; 0 for any. Default: none. */
	alpnPort?: number;
	/** Port of the control plane's HTTP; default 8884; 0 for any. */
	controlPort?: number;
	/**
	 * The only address that the control plane listens on. Beyond loopback it verifies the signatures of requests, with
	 * the credentials that `IotCore.credentials` has. Default: the loopback addresses.
	 */
	controlAddress?: string;
	/**
	 * Port of the page for a browser, on the loopback addresses: a number, 0 for any, or "default" for 8885 or the next
	 * free one. Default: no page.
	 */
	pagePort?: number | "default";
	/** Kind of the server's key and chain; default `rsa`, as below Amazon Root CA 1. */
	keyType?: ServerKeyType;
	/** Takes each line of the log: connections, refusals with their reason, failed requests. */
	log?: (line: string) => void;
	/**
	 * Refuses calls of the control plane above this many times the AWS rates; default: nothing is refused.
	 */
	throttle?: number;
	/** Stands for S3: an object is the file `<bucket>/<key>` in this folder; default `s3` in the state folder. */
	objectsDir?: string;
	/** How the server misbehaves; default: not at all. */
	scenario?: EndpointScenario;
	/** Rates and bounds of the device endpoint that differ from those of AWS. */
	limits?: Partial<Limits>;
	/** How long the persistent session of a device that is away is kept, in milliseconds; default an hour, as at AWS. */
	sessionExpiry?: number;
	/** Takes what happens on the devices' connections. */
	observer?: Observer;
}

/** A running stand-in of AWS IoT Core. */
export interface IotCore {
	/** The endpoint's name, `<14 characters>-ats.iot.<region>.amazonaws.com`, which devices must send as SNI. */
	endpoint: string;
	region: string;
	account: string;
	devicePort: number;
	/** The port for devices that requires ALPN, if there is one. */
	alpnPort: number | undefined;
	/** Base of the control plane, for `--endpoint-url` and AWS_ENDPOINT_URL_IOT. */
	controlUrl: string;
	/** What requests to the control plane must be signed with; undefined: any access key will do. */
	credentials: KeptCredentials | undefined;
	/** Address of the page for a browser, if there is one. */
	pageUrl: string | undefined;
	/** PEM file of the root that devices must trust. */
	rootCaFile: string;
	/** The same root, PEM. */
	rootCa: string;
	/** Sends a message to the devices that have subscribed to its topic. */
	publish(topic: string, payload: string | Buffer, qos: 0 | 1): Promise<void>;
	/** Ends a device's connection, as this side's own decision; false when it has none. */
	disconnect(clientId: string): boolean;
	/** Cuts all connections and stops. */
	close(): Promise<void>;
}

const defaultRegion = /^[a-z]{2}(-[a-z]+)+-\d$/;
const defaultAccount = /^\d{12}$/;
/** Where a browser finds the page, and how many ports from there are tried. */
const defaultPagePort = 8885,
	pagePortAttempts = 20;
const accountPrefixPattern = /^a[a-z0-9]{13}$/;

/**
 * Starts a local AWS IoT Core, on the loopback addresses unless an address is given.
 * @throws StateError when the state folder cannot be used, ListenError when a port cannot, RangeError for a region or
 * account that AWS could not have.
 */
export async function startIotCore(options: IotCoreOptions): Promise<IotCore> {
	const {
		stateDir,
		region = "ap-northeast-1",
		account = "123456789012",
		devicePort = 8883,
		deviceAddress,
		alpnPort,
		controlPort = 8884,
		controlAddress,
		pagePort,
		keyType = "rsa",
		throttle,
		objectsDir = join(stateDir, "s3"),
		scenario,
		sessionExpiry = awsLimits.sessionExpiry,
		observer,
	} = options;
	const log = (line: string) => options.log?.(printable(line));
	if (!defaultRegion.test(region))
		throw new RangeError(`"${region}" is not the name of an AWS region, such as ap-northeast-1.`);
	if (!defaultAccount.test(account)) throw new RangeError(`"${account}" is not an AWS account id: twelve digits.`);
	prepareFolder(stateDir);
	/** What is to be undone, last one first. */
	const undo: (() => unknown)[] = [lockFolder(stateDir)];
	const close = async () => {
		for (const step of undo.splice(0).reverse()) await step();
	};
	try {
		const endpoint = `${endpointPrefix(join(stateDir, "endpoint"))}-ats.iot.${region}.amazonaws.com`;
		const identity = await serverIdentity(stateDir, region, keyType);
		const registry = new Registry({ region, account }, join(stateDir, `registry-${region}-${account}.ndjson`), log);
		undo.push(() => registry.close());
		const events = new DeviceEvents();
		const broker = new DeviceBroker({
			registry,
			log,
			limits: { ...awsLimits, sessionExpiry, ...options.limits },
			scenario,
			observer,
			events,
		});
		undo.push(() => broker.close());
		new Lifecycle(events, { publish: (topic, payload) => broker.publish(topic, payload, 0) });
		const devices = new DeviceEndpoint({
			endpoint,
			registry,
			log,
			observer,
			events,
			identity:
				scenario?.certificate === undefined
					? identity
					: await defectiveIdentity(scenario.certificate, { region, keyType, identity }),
			onAdmitted: (connection, principal, peer) => broker.accept(connection, principal, peer),
		});
		const device = await listenOnLoopback(
			() => createServer(socket => devices.accept(socket)),
			devicePort,
			"--port",
			deviceAddress,
		);
		undo.push(() => device.close());
		const withAlpn =
			alpnPort === undefined
				? undefined
				: await listenOnLoopback(
						() => createServer(socket => devices.accept(socket, true)),
						alpnPort,
						"--alpn-port",
						deviceAddress,
					);
		undo.push(
			() => withAlpn?.close(),
			() => devices.close(),
		);
		const tasks = new RegistrationTasks(registry, {
			objects: objectsDir,
			reports: join(stateDir, "registration-tasks"),
		});
		undo.push(() => tasks.close());
		let opened: Promise<DeviceIssuer> | undefined;
		const issuer = () => (opened ??= openIssuer(stateDir));
		const credentials =
			controlAddress === undefined || isLoopback(controlAddress)
				? undefined
				: operatorCredentials(join(stateDir, "operator-credentials.json"));
		const controlOptions = {
			log,
			throttle: throttle === undefined ? undefined : new Throttle(throttle),
			credentials,
		};
		const control = await listenOnLoopback(
			() => createControlServer({ registry, endpoint, tasks, broker, issuer }, controlOptions),
			controlPort,
			"--control-port",
			controlAddress,
		);
		undo.push(() => control.close());
		const controlUrl = `http://${hostOf(controlAddress)}:${control.port}`;
		const page = await listenForPage(
			pageServers({
				feed: new Feed(events, registry),
				about: { endpoint, devicePort: device.port, alpnPort: withAlpn?.port, region, account, controlUrl },
				rootCa: identity.rootCa,
				publish: ({ topic, payload, qos, retain }) => broker.publish(topic, Buffer.from(payload), qos, retain),
				setStatus: ({ certificateId, status }) => registry.updateCertificate(certificateId, status),
			}),
			pagePort,
			log,
		);
		undo.push(() => page?.close());
		return {
			endpoint,
			region,
			account,
			devicePort: device.port,
			alpnPort: withAlpn?.port,
			pageUrl: page && `http://127.0.0.1:${page.port}/`,
			controlUrl,
			credentials,
			rootCaFile: identity.rootCaFile,
			rootCa: identity.rootCa,
			publish: async (topic, payload, qos) => void broker.publish(topic, payload, qos),
			disconnect: clientId => broker.disconnect(clientId),
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

/** Loaded when it is used first: few use it, and it takes time. */
async function openIssuer(stateDir: string): Promise<DeviceIssuer> {
	const { DeviceIssuer: Issuer } = await import("./endpoint/device-issuer.js");
	return Issuer.open(await deviceAuthority(stateDir));
}

/** The page is nothing that the rest depends on: with the default port, another one will do, and also none. */
async function listenForPage(
	makeServer: () => Server,
	port: number | "default" | undefined,
	log: (line: string) => void,
): Promise<Listening | undefined> {
	if (port === undefined) return undefined;
	if (port !== "default") return listenOnLoopback(makeServer, port, "--page-port");
	for (let candidate = defaultPagePort; candidate < defaultPagePort + pagePortAttempts; candidate++) {
		try {
			const page = await listenOnLoopback(makeServer, candidate, "--page-port");
			if (candidate !== defaultPagePort)
				log(`port ${defaultPagePort} is in use: the page is on port ${candidate} (--page-port chooses another)`);
			return page;
		} catch (error) {
			if (!(error instanceof ListenError)) throw error;
		}
	}
	log(
		`there is no page: ports ${defaultPagePort} to ${defaultPagePort + pagePortAttempts - 1} are in use (--page-port chooses another)`,
	);
	return undefined;
}

/** The account's part of the endpoint's name: 14 characters, chosen once. */
function endpointPrefix(file: string): string {
	const kept = readText(file)?.trim();
	if (kept === undefined) {
		const made = `a${BigInt(`0x${randomBytes(16).toString("hex")}`)
			.toString(36)
			.padStart(13, "0")
			.slice(-13)}`;
		writeStateFile(file, `${made}\n`, 0o644);
		return made;
	}
	if (!accountPrefixPattern.test(kept))
		throw new StateError(
			`${file} does not hold the first 14 characters of an endpoint's name: remove it, and a new name is chosen.`,
		);
	return kept;
}
