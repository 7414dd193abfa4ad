// SPDX-License-Identifier: MIT
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Authorities } from "../../../tools/lib/authorities.js";
import { type Port, PortConnection } from "../../../tools/lib/serial/connection.js";
import { LineSplitter } from "../../../tools/lib/serial/lines.js";
import { explainOpening, likelyPorts } from "../../../tools/lib/serial/ports.js";
import { SpeedWatch } from "../../../tools/lib/serial/speed.js";
import { ChipFolder } from "../../../tools/monitor/chip-folder.js";
import { RecordError, type RecordedChip, Recorder } from "../../../tools/monitor/recorder.js";
import { View } from "../../../tools/monitor/view.js";
import { chip, chipKey, type MadeChip, manufacturerCa } from "../provision/chips.js";

function split(...pieces: (string | Uint8Array)[]): string[] {
	const lines: string[] = [];
	const splitter = new LineSplitter(line => lines.push(line));
	for (const piece of pieces) splitter.push(typeof piece === "string" ? Buffer.from(piece) : piece);
	return lines;
}

test("lines end in CR LF, LF or CR, wherever the pieces are cut", () => {
	assert.equal(split("a\r\nb\nc\rd\r\n"), ["a", "b", "c", "d"]);
	assert.equal(split("a\r", "\nb", "\r\n"), ["a", "b"]);
	assert.equal(split("one li", "ne\r\n"), ["one line"]);
});

test("a character that is cut in two arrives whole", () => {
	const bytes = Buffer.from("日\n");
	assert.equal(split(bytes.subarray(0, 1), bytes.subarray(1)), ["日"]);
});

test("a line without an end does not grow forever", () => {
	assert.equal(
		split("x".repeat(5_000), "x".repeat(5_000)).map(line => line.length),
		[10_000],
	);
});

/** Self-signed, P-256, CN=monitor test; made with `openssl req -x509`. */
const certificatePem = `-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIUW91VfYFEzfBUX9IaNyyQfiKhQOowCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMbW9uaXRvciB0ZXN0MCAXDTI2MTEyMjE2MDIyNVoYDzIxMjYx
MDI5MTYwMjI1WjAXMRUwEwYDVQQDDAxtb25pdG9yIHRlc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAASoJWqSZAqrAa97/whjy4vYEoT8jwIJcnRkR+RMA8lmV+dG
m9KB33AZQTCD4I4gEnxoQds9r0ivFZC3PWgmTd52o1MwUTAdBgNVHQ4EFgQUr1Oh
gJgQYEsFb3HZ5yz09/J2LhswHwYDVR0jBBgwFoAUr1OhgJgQYEsFb3HZ5yz09/J2
LhswDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiA6SXGbu98DgDWO
Oj3S5HNHhA/Zgr3CIF4J8fmR5cnZ2QIhAIJNXm/oNgtpoTQB49vAsd8raHL+VM49
s+l7yrxKRUWl
-----END CERTIFICATE-----
`;
const certificateId = "4156c1095e1c2538a62ba98f98061c85f9ccdb7a0b03a7cd0b488a3c90b40205";
const uid = "04005001b5747a2b4055ad04493112482590",
	clientId = "BABQAbV0eitAVa0ESTESSCWQ";
const identity = `    0.026 identity    uid=${uid} clientId=${clientId}`;
const announced = `    0.047 certificate bytes=400 certificateId=${certificateId}`;

function record(lines: readonly string[]): RecordedChip | undefined {
	const recorder = new Recorder();
	return lines.map(line => recorder.push(line)).find(chip => chip !== undefined);
}

test("identity, certificate's id and PEM block make a chip", () => {
	assert.equal(record([identity, announced, ...certificatePem.split("\n")]), {
		uid,
		clientId,
		certificateId,
		certificatePem,
	});
});

test("a PEM block that no identity goes before makes none", () => {
	assert.is(record([announced, ...certificatePem.split("\n")]), undefined);
});

test("a board that starts again has no identity yet", () => {
	assert.is(
		record([identity, announced, "    0.000 start       firmware=x@1", ...certificatePem.split("\n")]),
		undefined,
	);
});

test("a UID that is none makes no chip, and no file name", () => {
	assert.is(record([identity.replace(uid, "../../etc/passwd"), announced, ...certificatePem.split("\n")]), undefined);
});

test("a certificate that is not the announced one is refused", () => {
	assert.throws(
		() => record([identity, announced.replace(certificateId, "0".repeat(64)), ...certificatePem.split("\n")]),
		(error: unknown) => error instanceof RecordError && /not the one whose id/.test(error.message),
	);
});

test("a certificate with lost characters is refused", () => {
	const damaged = certificatePem.split("\n").map((line, index) => (index === 2 ? line.slice(3) : line));
	assert.throws(() => record([identity, announced, ...damaged]), /is damaged/);
});

function inFolder(body: (folder: string) => void): void {
	const folder = mkdtempSync(join(tmpdir(), "monitor-"));
	try {
		body(folder);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

test("a ledger has a chip once, also over two runs", () =>
	inFolder(folder => {
		const self = { uid, clientId, certificateId, certificatePem };
		const file = join(folder, "new", `${uid}.pem`);
		assert.equal(new ChipFolder(join(folder, "new")).save(self), { kind: "new", file });
		assert.equal(new ChipFolder(join(folder, "new")).save(self), { kind: "known", file });
		assert.is(readFileSync(join(folder, "new", "ledger.ndjson"), "utf8"), `${JSON.stringify(self)}\n`);
		assert.is(readFileSync(join(folder, "new", `${uid}.pem`), "utf8"), certificatePem);
	}));

test("a board that claims another chip's UID does not replace that chip's file, in this run or a later one", () =>
	inFolder(folder => {
		const genuine = made(1),
			impostor = { ...made(1), ...certificateOf(chip(1, { signer: chipKey })) };
		const chips = new ChipFolder(folder);
		assert.is(chips.save(genuine).kind, "new");
		for (const again of [chips, new ChipFolder(folder)])
			assert.equal(again.save(impostor), {
				kind: "conflict",
				file: join(folder, `${genuine.uid}.pem`),
				keptId: genuine.certificateId,
			});
		assert.is(readFileSync(join(folder, `${genuine.uid}.pem`), "utf8"), genuine.certificatePem);
		assert.is(readFileSync(join(folder, "ledger.ndjson"), "utf8").trimEnd().split("\n").length, 1);
		rmSync(join(folder, `${genuine.uid}.pem`));
		assert.is(new ChipFolder(folder).save(impostor).kind, "conflict");
		rmSync(join(folder, "ledger.ndjson"));
		writeFileSync(join(folder, `${genuine.uid}.pem`), genuine.certificatePem);
		assert.is(new ChipFolder(folder).save(impostor).kind, "conflict");
	}));

test("a factory's ledger in the folder counts: UID in capitals, and no certificate id", () =>
	inFolder(folder => {
		const genuine = made(1),
			impostor = { ...made(1), ...certificateOf(chip(1, { signer: chipKey })) };
		const line = { uid: genuine.uid.toUpperCase(), certificatePem: genuine.certificatePem };
		writeFileSync(join(folder, "ledger.ndjson"), `${JSON.stringify(line)}\n`);
		const file = join(folder, `${genuine.uid}.pem`);
		const conflict = { kind: "conflict", file, keptId: genuine.certificateId };
		assert.equal(new ChipFolder(folder).save(impostor), conflict);
		assert.equal(new ChipFolder(folder).save(genuine), { kind: "known", file });
		assert.is(readFileSync(join(folder, "ledger.ndjson"), "utf8"), `${JSON.stringify(line)}\n`);
	}));

const linesOf = ({ uid, clientId, certificateId, certificatePem }: RecordedChip) => [
	`    0.026 identity    uid=${uid} clientId=${clientId}`,
	`    0.047 certificate bytes=400 certificateId=${certificateId}`,
	...certificatePem.split("\n"),
];

const certificateOf = ({ pem, der }: MadeChip) => ({
	certificateId: createHash("sha256").update(der).digest("hex"),
	certificatePem: pem,
});

const made = (index: number): RecordedChip => ({
	uid: chip(index).uid,
	clientId: "x",
	...certificateOf(chip(index)),
});

test("with the manufacturer's CA, a certificate of another issuer makes no chip, nor does one that names another UID", () => {
	const authorities = new Authorities([new X509Certificate(manufacturerCa())]);
	const push = (board: RecordedChip, believed?: Authorities) => {
		const recorder = new Recorder(believed);
		return linesOf(board)
			.map(line => recorder.push(line))
			.find(found => found !== undefined);
	};
	const genuine = made(1);
	assert.is(push(genuine, authorities)?.uid, genuine.uid);
	const impostor = { ...genuine, ...certificateOf(chip(1, { signer: chipKey })) };
	assert.is(push(impostor)?.uid, genuine.uid);
	assert.throws(() => push(impostor, authorities), /is not saved: .* does not have that CA's signature/);
	assert.throws(() => push({ ...genuine, uid: chip(2).uid }, authorities), /is another chip's/);
	const silent = { ...genuine, ...certificateOf(chip(1, { commonName: "device", serialNumber: "11" })) };
	assert.throws(() => push(silent, authorities), /does not name the chip's UID/);
});

test("a ledger that is not NDJSON is named with its line", () =>
	inFolder(folder => {
		writeFileSync(join(folder, "ledger.ndjson"), "{}\nuid,certificatePem\n");
		assert.throws(() => new ChipFolder(folder), /ledger\.ndjson, line 2, is not JSON/);
	}));

test("a folder that cannot be made is named with the reason", () =>
	inFolder(folder => {
		writeFileSync(join(folder, "file"), "");
		assert.throws(() => new ChipFolder(join(folder, "file", "chips")), /cannot be used: ENOTDIR/);
	}));

test("ports of USB adapters and of chips with USB are found, others are not", () =>
	inFolder(folder => {
		for (const name of ["ttyUSB1", "ttyACM0", "ttyS0", "tty1", "cu.usbserial-110", "ttyUSB1.lock"])
			writeFileSync(join(folder, name), "");
		assert.equal(
			likelyPorts(folder).map(path => path.slice(folder.length + 1)),
			["cu.usbserial-110", "ttyACM0", "ttyUSB1"],
		);
		assert.equal(likelyPorts(join(folder, "missing")), []);
	}));

test("why a port does not open is reported with the remedy", () => {
	const explain = (message: string, ports: string[] = []) =>
		explainOpening("/dev/ttyUSB0", new Error(message), ports, []);
	assert.match(
		explain("Error: No such file or directory, cannot open /dev/ttyUSB0", ["/dev/ttyACM0"]),
		/no serial port \/dev\/ttyUSB0; there is \/dev\/ttyACM0\./,
	);
	assert.match(explain("Error: Permission denied, cannot open /dev/ttyUSB0"), /usermod -a -G dialout/);
	assert.match(explain("Error Resource temporarily unavailable Cannot lock port"), /close the other program/);
	assert.match(explain("Error: Inappropriate ioctl for device, cannot open"), /is not a serial port/);
	assert.is(explain("Bad weather"), "/dev/ttyUSB0 does not open: Bad weather.");
});

test("a wrong speed is recognised; text in other scripts and colours is none", () => {
	const strange = new SpeedWatch(),
		normal = new SpeedWatch();
	const seen = Array.from({ length: 30 }, () =>
		strange.push("\ufffd\ufffdx\u0001\ufffdab\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdyz"),
	);
	assert.ok(seen.includes(true));
	assert.ok(
		Array.from({ length: 60 }, () => normal.push("\u001b[0;32mI (27) 日本語のメッセージ\u001b[0m")).every(
			isStrange => !isStrange,
		),
	);
});

test("colours are for terminals: elsewhere a line stays as it came", () => {
	assert.is(
		new View({}).line("    1.000 error       step=wifi message=x"),
		"    1.000 error       step=wifi message=x",
	);
});

/** A port that a test takes away. */
class FakePort implements Port {
	readonly lines: string[] = [];
	isOpen = true;
	readonly #listeners = new Map<string, ((value: never) => void)[]>();
	on(event: "data", listener: (bytes: Uint8Array) => void): void;
	on(event: "close" | "error", listener: (error?: Error | null) => void): void;
	on(event: string, listener: (value: never) => void): void {
		this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
	}
	emit(event: string, value?: unknown): void {
		this.#listeners.get(event)?.forEach(listener => listener(value as never));
	}
	set(lines: { dtr: boolean; rts: boolean }, done: (error: Error | null) => void): void {
		this.lines.push(`dtr ${lines.dtr} rts ${lines.rts}`);
		done(null);
	}
	readonly written: string[] = [];
	readonly speeds: number[] = [];
	write(text: string): void {
		this.written.push(text);
	}
	update({ baudRate }: { baudRate: number }, done: (error: Error | null) => void): void {
		this.speeds.push(baudRate);
		done(null);
	}
	close(done: () => void): void {
		this.isOpen = false;
		done();
	}
}

function connection(ports: (FakePort | Error)[], isThere = () => true): { connection: PortConnection; seen: string[] } {
	const seen: string[] = [];
	return {
		seen,
		connection: new PortConnection({
			async open() {
				const port = ports.shift();
				if (port instanceof FakePort) return port;
				throw port ?? new Error("gone");
			},
			onData: bytes => seen.push(Buffer.from(bytes).toString()),
			onOpen: () => seen.push("open"),
			onLost: () => seen.push("lost"),
			isThere,
			retryDelay: 1,
		}),
	};
}

const soon = () => new Promise(resolve => setTimeout(resolve, 30));

test("a port that does not open at first is the caller's matter", async () => {
	const { connection: unopened } = connection([new Error("no such port")]);
	try {
		await unopened.start();
		assert.unreachable();
	} catch (error) {
		assert.is((error as Error).message, "no such port");
	}
});

test("a port that goes away is opened again, however many attempts it takes, and told as lost once", async () => {
	const first = new FakePort(),
		second = new FakePort();
	const { connection: kept, seen } = connection([first, new Error("a"), new Error("b"), second]);
	await kept.start();
	first.emit("error", new Error("gone"));
	first.emit("close");
	await soon();
	second.emit("data", Buffer.from("back"));
	assert.equal(seen, ["open", "lost", "open", "back"]);
	await kept.close();
});

test("a port that no longer exists is lost although the system reports nothing", async () => {
	let isThere = true;
	const { connection: kept, seen } = connection([new FakePort(), new FakePort()], () => isThere);
	await kept.start();
	isThere = false;
	await soon();
	isThere = true;
	await soon();
	assert.equal(seen.slice(0, 3), ["open", "lost", "open"]);
	await kept.close();
});

test("after close nothing is opened again", async () => {
	const port = new FakePort();
	const { connection: closed, seen } = connection([port, new FakePort()]);
	await closed.start();
	await closed.close();
	port.emit("close");
	await soon();
	assert.equal(seen, ["open"]);
	assert.is(port.isOpen, false);
});

test("a reset pulls EN low by RTS and lets it go, and leaves GPIO0 alone", async () => {
	const port = new FakePort();
	const { connection: reset } = connection([port]);
	await reset.start();
	await reset.reset();
	assert.equal(port.lines, ["dtr false rts true", "dtr false rts false"]);
	await reset.close();
});

test.run();
