// SPDX-License-Identifier: MIT
/** The options of the MQTT client, as the Moddable SDK's `embedded:network/mqtt/client` takes them. */
import type { Subscription, Text, Will } from "./packets.js";
import type { ControlPacket } from "./parser.js";
import type { Resolver, Socket, SocketOptions } from "./platform.js";
import type { ReadableOptions } from "./receiver.js";

export interface MQTTClientOptions {
	host: string;
	/** Default 1883. */
	port?: number;
	/** Client identifier. Default: empty, and the server assigns one. */
	id?: string;
	/** Clean session. Default true. */
	clean?: boolean;
	/** Milliseconds, sent in whole seconds, rounded up, 65,535 at most. Default 0: none. */
	keepAlive?: number;
	/** The name that `keepAlive` has in older programs. */
	keepalive?: number;
	/** Default, and when empty: none. */
	user?: Text;
	/** Default, and when empty: none. */
	password?: Text;
	will?: Will;
	format?: string;
	target?: unknown;
	/** ECMA-419 name resolver, and options for it. */
	dns: { io: new (options: object) => Resolver };
	/** ECMA-419 TCP or TLS socket, and options for it. */
	socket: { io: new (options: SocketOptions) => Socket };
	/** `count` bytes of a message's payload can be read. */
	onReadable?(count: number, options: ReadableOptions): void;
	/** A PUBLISH can be written whose topic and payload have `count` bytes together. */
	onWritable?(count: number): void;
	/** Any packet but a PUBLISH came. */
	onControl?(message: ControlPacket): void;
	/** Taken and never called, as in the SDK. */
	onClose?(): void;
	/** The connection has failed, and is closed when this returns. `error` says what only the client knows; the SDK's gives none. */
	onError?(error?: Error): void;
}

export interface WriteOptions {
	/** Control packet type. Default PUBLISH. */
	operation?: number;
	/** Packet identifier, 1 to 65,535. Default: one after the other. */
	id?: number;
	topic?: Text;
	/** Default 0. */
	QoS?: number;
	retain?: boolean | number;
	duplicate?: boolean | number;
	/** Of the whole payload, where `data` is only its beginning. Default: that of `data`. */
	byteLength?: number;
	/** Topic filters of SUBSCRIBE and UNSUBSCRIBE. */
	items?: readonly Subscription[];
}
