// SPDX-License-Identifier: MIT
/** What a session over a real MQTT client runs on: a socket whose other end is the test, and the client classes that there are. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MQTTConnection } from "../../../host/platform/sdk/mqtt/connection.js";
import type { MQTTClientOptions } from "../../../host/platform/sdk/mqtt/options.js";
import type { ClientConstructor } from "../../../modules/iot/mqtt.js";
import { type ObservedPacket, PacketSplitter } from "../../../tools/iot-core/scenario/packet.js";
import type { Clock } from "../host/mqtt/fakes.js";

interface SocketOptions {
	onReadable(count: number): void;
	onWritable(count: number): void;
	onError(): void;
	secure: { onConnecting(): void; onConnected(): void; onSecured(info: object): void };
}

const window = 4_096;

/** ECMA-419's socket as both clients use it: format "buffer" or "number". */
export class FarEnd {
	static all: FarEnd[] = [];
	/** Bytes that a socket takes. */
	static window = window;

	format = "buffer";
	/** Packets that the client wrote. */
	readonly packets: ObservedPacket[] = [];
	closed = false;
	#options: SocketOptions;
	#splitter = new PacketSplitter();
	#incoming: number[] = [];

	constructor(options: SocketOptions) {
		this.#options = options;
		FarEnd.all.push(this);
	}

	read(target?: number | Uint8Array | ArrayBuffer): unknown {
		if (target === undefined) return this.#incoming.shift();
		const bytes = this.#incoming.splice(0, typeof target === "number" ? target : target.byteLength);
		if (typeof target === "number") return Uint8Array.from(bytes).buffer;
		(target instanceof ArrayBuffer ? new Uint8Array(target) : target).set(bytes);
		return bytes.length;
	}

	write(data: ArrayBuffer | Uint8Array): number {
		this.packets.push(...this.#splitter.push(Buffer.from(data as Uint8Array)));
		return FarEnd.window;
	}

	close(): void {
		this.closed = true;
	}

	/** TCP and TLS stand. */
	open(): void {
		const { secure } = this.#options;
		secure.onConnecting();
		secure.onConnected();
		secure.onSecured({ version: "TLSv1.2" });
		this.#options.onWritable(FarEnd.window);
	}

	send(...bytes: number[]): void {
		this.#incoming.push(...bytes);
		this.#options.onReadable(this.#incoming.length);
	}

	/** A PUBLISH at QoS 1 to a topic of one character, whole or its beginning. */
	publish(id: number, text: string, length = text.length): void {
		this.send(0x32, 5 + length, 0, 1, "t".charCodeAt(0), id >> 8, id & 0xff, ...Buffer.from(text));
	}

	/** The connection is lost. */
	lose(): void {
		this.#options.onError();
	}

	takes(count: number): void {
		this.#options.onWritable(count);
	}

	of(type: number): ObservedPacket[] {
		return this.packets.filter(packet => packet.type === type);
	}
}

function hostClient(clock: Clock): ClientConstructor {
	const platform = {
		timer: clock,
		time: clock,
		encode: (text: string) => new TextEncoder().encode(text).slice().buffer,
		decode: (bytes: ArrayBuffer) => new TextDecoder().decode(bytes),
		trace: () => undefined,
	};
	return class extends MQTTConnection {
		constructor(options: unknown) {
			super(options as MQTTClientOptions, platform);
		}
	} as unknown as ClientConstructor;
}

/** Where the Moddable SDK has its client; undefined when the environment variable MODDABLE names no SDK. */
export const sdkClientFile = [join(process.env.MODDABLE ?? "", "examples/io/tcp/mqttclient/mqttclient.js")].find(
	file => process.env.MODDABLE !== undefined && existsSync(file),
);

/** The SDK's timers are objects that its client puts properties of its own on. */
function sdkClock(clock: Clock): object {
	return {
		set: (callback: () => void, milliseconds?: number) => ({ alarm: clock.set(callback, milliseconds) }),
		repeat: (callback: () => void, interval: number) => ({ alarm: clock.repeat(callback, interval) }),
		clear: (timer?: { alarm: unknown }) => clock.clear(timer?.alarm),
		get ticks() {
			return clock.ticks;
		},
		delta: (start: number, end: number) => clock.delta(start, end),
	};
}

/** The SDK's own client, with the clock in the place of its modules `timer` and `time`, and what XS has beside ECMAScript. */
async function sdkClient(clock: Clock, file: string): Promise<ClientConstructor> {
	Object.assign(globalThis, { sdkClock: sdkClock(clock), trace: () => undefined });
	Object.assign(ArrayBuffer, { fromString: (text: string) => new TextEncoder().encode(text).slice().buffer });
	Object.assign(String, { fromArrayBuffer: (bytes: ArrayBuffer) => new TextDecoder().decode(bytes) });
	const folder = mkdtempSync(join(tmpdir(), "sdk-client-"));
	try {
		const copy = join(folder, "client.mjs");
		writeFileSync(
			copy,
			readFileSync(file, "utf8").replace(/import (Timer|Time) from "\w+";/g, "const $1 = globalThis.sdkClock;"),
		);
		return ((await import(pathToFileURL(copy).href)) as { default: ClientConstructor }).default;
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** The MQTT clients that the session must work over, by name. */
export const clients: Readonly<Record<string, (clock: Clock) => ClientConstructor | Promise<ClientConstructor>>> = {
	"the host's client": hostClient,
	...(sdkClientFile === undefined ? {} : { "the SDK's client": (clock: Clock) => sdkClient(clock, sdkClientFile) }),
};
