// SPDX-License-Identifier: MIT
/**
 * Session-present and the return code of a CONNACK, whatever the MQTT client makes of them: the SDK's drops both. The
 * socket under the client is wrapped, and the first four bytes it reads are looked at (MQTT 3.1.1 section 3.2).
 */
export interface Connack {
	sessionPresent: boolean;
	returnCode: number;
}

interface SocketOptions {
	secure: { onConnack?(connack: Connack): void };
}

/** The part of a socket class that matters here. */
interface Socket {
	read(count?: number | ArrayBufferView | ArrayBuffer): unknown;
}

type SocketClass = new (options: never) => Socket;

const connackLength = 4;
const connackType = 0x20;

/** Why a server refuses a CONNECT (MQTT 3.1.1 table 3.1). */
export const returnCodes: Readonly<Record<number, string>> = Object.freeze({
	1: "unacceptable protocol version",
	2: "client id rejected",
	3: "server unavailable",
	4: "bad user name or password",
	5: "not authorized",
});

/** The bytes that a read brought: into a buffer that was given, into one that is returned, or as one number. */
function bytesOf(given: unknown, result: unknown): Uint8Array {
	if (ArrayBuffer.isView(given))
		return new Uint8Array(given.buffer, given.byteOffset, typeof result === "number" ? result : given.byteLength);
	if (given instanceof ArrayBuffer)
		return new Uint8Array(given, 0, typeof result === "number" ? result : given.byteLength);
	if (typeof result === "number") return Uint8Array.of(result);
	return result instanceof ArrayBuffer ? new Uint8Array(result) : new Uint8Array();
}

/**
 * A socket class that tells its `secure` option's `onConnack` of the CONNACK that passes through it. To be made once, at the
 * top of a preloaded module: it is in flash then, where one made at run time is on the heap.
 */
export function watchConnack(io: unknown): unknown {
	return class extends (io as SocketClass) {
		#seen: number[] = [];
		#secure: SocketOptions["secure"];

		constructor(options: SocketOptions) {
			super(options as never);
			this.#secure = options.secure;
		}

		override read(count?: number | ArrayBufferView | ArrayBuffer): unknown {
			const result = count === undefined ? super.read() : super.read(count);
			if (this.#seen.length < connackLength) this.#look(bytesOf(count, result));
			return result;
		}

		#look(bytes: Uint8Array): void {
			this.#seen.push(...bytes.subarray(0, connackLength - this.#seen.length));
			const [type, , flags = 0, returnCode = 0] = this.#seen;
			if (this.#seen.length === connackLength && type === connackType)
				this.#secure.onConnack?.({ sessionPresent: (flags & 1) === 1, returnCode });
		}
	};
}
