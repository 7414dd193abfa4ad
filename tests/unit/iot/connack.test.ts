// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Connack, watchConnack } from "../../../modules/iot/connack.js";

/** A socket that reads in the ways of ECMA-419: a number, a buffer it makes, a buffer it is given. */
class Socket {
	#bytes: number[];

	constructor({ bytes }: { bytes: number[] }) {
		this.#bytes = [...bytes];
	}
	read(count?: number | Uint8Array | ArrayBuffer): unknown {
		if (count === undefined) return this.#bytes.shift();
		if (typeof count === "number") return Uint8Array.from(this.#bytes.splice(0, count)).buffer;
		const target = count instanceof ArrayBuffer ? new Uint8Array(count) : count;
		const taken = this.#bytes.splice(0, target.length);
		target.set(taken);
		return taken.length;
	}
}

type Watched = new (options: { bytes: number[]; secure: { onConnack(connack: Connack): void } }) => Socket;

function watch(bytes: number[]) {
	const seen: Connack[] = [];
	const io = watchConnack(Socket) as Watched;
	return { socket: new io({ bytes, secure: { onConnack: connack => seen.push(connack) } }), seen };
}

const accepted = [0x20, 2, 1, 0, 0x90];

test("it sees a CONNACK that is read a number at a time", () => {
	const { socket, seen } = watch(accepted);
	assert.equal(
		accepted.map(() => socket.read()),
		accepted,
	);
	assert.equal(seen, [{ sessionPresent: true, returnCode: 0 }]);
});

test("it sees a CONNACK that is read into buffers, made or given, in any pieces", () => {
	for (const first of [1, 2, 3, 4, 5]) {
		const made = watch(accepted);
		made.socket.read(first);
		made.socket.read(5 - first);
		assert.equal(made.seen, [{ sessionPresent: true, returnCode: 0 }]);
		const given = watch(accepted);
		given.socket.read(new Uint8Array(first));
		given.socket.read(new ArrayBuffer(5));
		assert.equal(given.seen, [{ sessionPresent: true, returnCode: 0 }]);
	}
});

test("a refusal has its return code", () => {
	const { socket, seen } = watch([0x20, 2, 0, 5]);
	socket.read(4);
	assert.equal(seen, [{ sessionPresent: false, returnCode: 5 }]);
});

test("what begins with another packet is no CONNACK, and later bytes are not looked at", () => {
	const { socket, seen } = watch([0x30, 2, 1, 0, ...accepted]);
	socket.read(9);
	assert.equal(seen, []);
});

test("reading where nothing is leaves it waiting", () => {
	const { socket, seen } = watch([]);
	assert.is(socket.read(), undefined);
	socket.read(4);
	assert.equal(seen, []);
});

test.run();
