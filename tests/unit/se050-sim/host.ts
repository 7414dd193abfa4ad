// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encodeBlock, nodeAddress } from "../../../tools/lib/chip-bus/block.js";
import { encodeResponse, requestTypes, responseTypes } from "../../../tools/se050-sim/link/link-protocol.js";

export interface Response {
	type: number;
	/** Microseconds. */
	time: number;
	payload: Buffer;
}

export const bytes = (digits: string): Buffer => Buffer.from(digits.replace(/\s+/g, ""), "hex");

/** A host of the simulator link for tests: each method is one request. */
export class Host {
	readonly #socket: Socket;
	#buffered = Buffer.alloc(0);
	#wake: () => void = () => {};
	closed = false;
	/** Simulated time of the last response. */
	time = 0;

	private constructor(socket: Socket) {
		this.#socket = socket;
		socket.setNoDelay(true);
		socket.on("error", () => {});
		socket.on("data", (chunk: Buffer) => {
			this.#buffered = Buffer.concat([this.#buffered, chunk]);
			this.#wake();
		});
		socket.on("close", () => {
			this.closed = true;
			this.#wake();
		});
	}

	/** Connects to a bus address (`sim:…`); sends HELLO unless `hz` is 0. */
	static async connect(address: string, hz = 400_000): Promise<Host> {
		const [, path, host, port] = /^sim:(?:(\/.*)|([^:]+):(\d+))$/.exec(address)!;
		const socket = path === undefined ? connect(Number(port), host) : connect(path);
		await once(socket, "connect");
		const client = new Host(socket);
		if (hz > 0) await client.hello(hz);
		return client;
	}

	/** Sends raw bytes of the link. */
	send(raw: Uint8Array): void {
		this.#socket.write(raw);
	}

	async request(type: number, payload: Uint8Array = Buffer.alloc(0)): Promise<Response> {
		this.send(Buffer.concat([Buffer.of(type, payload.length >> 8, payload.length & 0xff), payload]));
		return this.response();
	}

	async response(): Promise<Response> {
		const incomplete = (): boolean =>
			this.#buffered.length < 3 || this.#buffered.length < 3 + this.#buffered.readUInt16BE(1);
		while (incomplete()) {
			if (this.closed) throw new Error("the simulator closed the connection");
			await new Promise<void>(resolve => (this.#wake = resolve));
		}
		const size = 3 + this.#buffered.readUInt16BE(1);
		const message = this.#buffered.subarray(0, size);
		this.#buffered = this.#buffered.subarray(size);
		this.time = Number(message.readBigUInt64BE(3));
		return { type: message[0]!, time: this.time, payload: message.subarray(11) };
	}

	hello(hz: number, version = 2): Promise<Response> {
		const payload = Buffer.alloc(5);
		payload[0] = version;
		payload.writeUInt32BE(hz, 1);
		return this.request(requestTypes.hello, payload);
	}

	write(frame: Uint8Array, address = 0x48): Promise<Response> {
		return this.request(requestTypes.write, Buffer.concat([Buffer.of(address, 0), frame]));
	}

	read(count: number, address = 0x48): Promise<Response> {
		return this.request(requestTypes.read, Buffer.of(address, 0, count >> 8, count & 0xff));
	}

	sleep(microseconds: number): Promise<Response> {
		const payload = Buffer.alloc(4);
		payload.writeUInt32BE(microseconds);
		return this.request(requestTypes.sleep, payload);
	}

	ena(level: 0 | 1): Promise<Response> {
		return this.request(requestTypes.ena, Buffer.of(level));
	}

	/** Polls every `interval` microseconds until the chip sends, and reads exactly one frame. */
	async frame(interval = 100): Promise<Buffer> {
		let head = await this.read(3);
		while (head.type === responseTypes.nack) {
			await this.sleep(interval);
			head = await this.read(3);
		}
		const rest = await this.read(head.payload[2]! + 2);
		return Buffer.concat([head.payload, rest.payload]);
	}

	/** Writes one frame, once the chip takes it, and reads the answer. */
	async exchange(frame: Uint8Array): Promise<Buffer> {
		while ((await this.write(frame)).type === responseTypes.nack) await this.sleep(100);
		return this.frame();
	}

	close(): Promise<void> {
		if (this.closed) return Promise.resolve();
		const closed = once(this.#socket, "close").then(() => {});
		this.#socket.destroy();
		return closed;
	}
}

/** A host with T=1 on top: sequence numbers, chaining, WTX; for a chip that was just reset. */
export class Terminal {
	readonly host: Host;
	#sequence: 0 | 1 = 0;

	constructor(host: Host) {
		this.host = host;
	}

	/** Interface soft reset and, unless told otherwise, SELECT. */
	async open(select = true): Promise<void> {
		await this.host.exchange(bytes("5ACF00377F"));
		this.#sequence = 0;
		if (select) await this.transceive("00A4040010A000000396545300000001030000000000");
	}

	/** One APDU, as hexadecimal digits; the answer likewise, in upper case. */
	async transceive(apdu: string): Promise<string> {
		let answer = await this.#send(bytes(apdu));
		let response = Buffer.alloc(0);
		for (;;) {
			if (answer[1] === 0xc3) {
				answer = await this.host.exchange(
					encodeBlock(nodeAddress.toChip, { kind: "S", code: 3, response: true, information: answer.subarray(3, -2) }),
				);
				continue;
			}
			response = Buffer.concat([response, answer.subarray(3, -2)]);
			if (!(answer[1]! & 0x20)) return response.toString("hex").toUpperCase();
			answer = await this.host.exchange(
				encodeBlock(nodeAddress.toChip, { kind: "R", sequence: answer[1]! & 0x40 ? 0 : 1, error: 0 }),
			);
		}
	}

	async #send(command: Buffer): Promise<Buffer> {
		for (let start = 0; ; start += 254) {
			const information = command.subarray(start, start + 254);
			const more = start + 254 < command.length;
			const sequence = this.#sequence;
			this.#sequence = sequence === 0 ? 1 : 0;
			const answer = await this.host.exchange(
				encodeBlock(nodeAddress.toChip, { kind: "I", sequence, more, information }),
			);
			if (!more) return answer;
		}
	}
}

export { encodeResponse, requestTypes, responseTypes };
