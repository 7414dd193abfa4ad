// SPDX-License-Identifier: MIT
/**
 * The engine's natives, faked on Node for TLSSocket's sake: a "record" is its length in one byte and that many bytes, the
 * handshake is "C" from the client and "S" from the server; "!" from the server is a failure, "." its close_notify.
 */
/// <reference path="../../../host/native.d.ts" />

/** TLSState of modules/tls/native/engine.h. */
const State = { handshake: 0, open: 1, peerClosed: 2, closed: 3, failed: 4 } as const;

interface Fake {
	state: number;
	input: number[];
	output: number[];
	plain: number[];
	room: number;
	closed: boolean;
	ended: boolean;
	notified: boolean;
	written: number[];
}

export const fakes: Fake[] = [];
const byInstance = new WeakMap<object, Fake>();

function of(instance: object): Fake {
	return byInstance.get(instance) as Fake;
}

function bytes(data: ArrayBuffer | Uint8Array): Uint8Array {
	return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

function move(from: number[], to: Uint8Array): number {
	const part = from.splice(0, to.length);
	to.set(part);
	return part.length;
}

function openRecord(fake: Fake): void {
	const [first] = fake.input;
	if ((first === undefined && fake.ended) || first === 0x21) fake.state = State.failed;
	else if (first === 0x2e) fake.state = State.peerClosed;
	else if (first !== undefined && fake.input.length > first) fake.plain = fake.input.splice(0, first + 1).slice(1);
}

const natives: { [name: string]: (this: object, ...args: never[]) => unknown } = {
	/** The fake leaves out roots that are empty. */
	xs_tls_engine_warning() {
		return (this as { trustedRoots?: ArrayBuffer[] }).trustedRoots?.some(root => root.byteLength === 0)
			? "trustedRoots: one was left out"
			: undefined;
	},
	xs_tls_engine_open(serverName: string) {
		if (serverName === "") return { step: "setup", reason: "options", code: 0, message: "serverName" };
		const fake = {
			state: State.handshake,
			input: [],
			output: [0x43],
			plain: [],
			room: 2_048,
			closed: false,
			ended: false,
			notified: false,
			written: [],
		};
		byInstance.set(this, fake);
		fakes.push(fake);
		return undefined;
	},
	xs_tls_engine_step() {
		const fake = of(this);
		if (fake.state === State.handshake && fake.input[0] === 0x53) {
			fake.input.shift();
			fake.state = State.open;
		} else if (fake.state === State.handshake && fake.input[0] === 0x21) {
			fake.state = State.failed;
			fake.output.push(0x41);
		}
		if (fake.state === State.open && fake.plain.length === 0) openRecord(fake);
		return fake.state;
	},
	xs_tls_engine_close() {
		of(this).closed = true;
	},
	xs_tls_engine_room() {
		return of(this).room - of(this).input.length;
	},
	xs_tls_engine_pending() {
		return of(this).output.length;
	},
	xs_tls_engine_readable() {
		return of(this).state === State.open ? of(this).plain.length : 0;
	},
	xs_tls_engine_writable() {
		return 50;
	},
	xs_tls_engine_overhead() {
		return 1;
	},
	xs_tls_engine_feed(data: ArrayBuffer) {
		of(this).input.push(...bytes(data));
		return data.byteLength;
	},
	xs_tls_engine_drain(data: ArrayBuffer) {
		return move(of(this).output, bytes(data));
	},
	xs_tls_engine_read(data: ArrayBuffer) {
		return move(of(this).plain, bytes(data));
	},
	xs_tls_engine_write(data: ArrayBuffer) {
		of(this).written.push(data.byteLength);
		of(this).output.push(data.byteLength, ...bytes(data));
		return data.byteLength;
	},
	xs_tls_engine_end() {
		of(this).ended = true;
	},
	xs_tls_engine_notify() {
		if (of(this).state === State.open) of(this).output.push(0x2e);
		of(this).notified = true;
	},
	xs_tls_engine_failure() {
		return { step: "reading", reason: "truncated", code: 0, message: "fake" };
	},
	xs_tls_engine_info() {
		return {
			version: "TLSv1.2",
			cipherSuite: "fake",
			certificateUsed: false,
			serverSubject: "CN=fake",
			serverSha256: new ArrayBuffer(32),
			serverValidFrom: 1_790_000_000,
		};
	},
};

Object.assign(globalThis, {
	Native: () => class {},
	native: (name: string) => natives[name],
});
