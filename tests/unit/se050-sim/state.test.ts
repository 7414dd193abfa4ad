// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { SecureObject } from "../../../tools/se050-sim/applet/objects.js";
import type { UserSession } from "../../../tools/se050-sim/applet/sessions.js";
import { generateEcKey } from "../../../tools/se050-sim/crypto/ecdsa.js";
import { repeatableRandom } from "../../../tools/se050-sim/crypto/random.js";
import { generateRsaKeyPair } from "../../../tools/se050-sim/crypto/rsa-generation.js";
import type { DataLinkState } from "../../../tools/se050-sim/data-link/t1.js";
import {
	type Simulator,
	type SimulatorOptions,
	startSimulator,
	UserError,
} from "../../../tools/se050-sim/simulator.js";
import { type ChipState, loadChip, saveChip } from "../../../tools/se050-sim/state/state.js";
import { placeChip } from "./factory.js";
import { bytes, Host, responseTypes, Terminal } from "./host.js";

interface Context {
	folder: string;
	stateFile: string;
	start(options?: Partial<SimulatorOptions>): Promise<Simulator>;
}

const state = suite<Context>("a chip's state");

state.before.each(async context => {
	context.folder = mkdtempSync(join(tmpdir(), "se050-sim-"));
	context.stateFile = join(context.folder, "chip.json");
	await placeChip(context.stateFile);
	context.start = options =>
		startSimulator({
			stateFile: context.stateFile,
			listen: { path: join(context.folder, "chip.sock") },
			clock: "virtual",
			latency: "instant",
			...options,
		});
});
state.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** Runs `action` with a host on the chip, then shuts both down. */
async function withHost<T>(chip: Simulator, action: (host: Host, terminal: Terminal) => Promise<T>): Promise<T> {
	const host = await Host.connect(chip.address);
	try {
		return await action(host, new Terminal(host));
	} finally {
		await host.close();
		await chip.close();
	}
}

async function refusal(action: Promise<Simulator>): Promise<string> {
	try {
		await (await action).close();
	} catch (error) {
		assert.instance(error, UserError);
		return (error as Error).message;
	}
	assert.unreachable("it started");
	return "";
}

state(
	"is made on first start, for its owner only, and is the same on the next",
	async ({ start, stateFile, folder }) => {
		for (const file of ["chip.json", "manufacturer.json"]) rmSync(join(folder, file));
		const first = await start();
		await first.close();
		const second = await start();
		await second.close();
		assert.equal(second.uid, first.uid);
		assert.equal(second.certificate, first.certificate);
		for (const file of [stateFile, join(folder, "manufacturer.json")]) assert.is(statSync(file).mode & 0o777, 0o600);
		assert.is(first.uid.length, 18);
		assert.equal([...first.uid.slice(0, 4), first.uid[11]], [4, 0, 0x50, 1, 4]);
		assert.ok([0x80, 0x90].includes(first.uid[17]!));
	},
);

state("chips of one folder differ and have one manufacturer", async ({ start, folder }) => {
	const chips = await Promise.all(
		["a", "b", "c"].map(name =>
			start({ stateFile: join(folder, `${name}.json`), listen: { path: join(folder, `${name}.sock`) } }),
		),
	);
	assert.is(new Set(chips.map(({ uid }) => Buffer.from(uid).toString("hex"))).size, 3);
	const issuers = chips.map(({ certificate }) =>
		Buffer.from(certificate).toString("latin1").includes("SIMULATED Intermediate-ConnectivityCA"),
	);
	assert.equal(issuers, [true, true, true]);
	await Promise.all(chips.map(chip => chip.close()));
});

state("objects survive the simulator, even one that is killed", async ({ start, stateFile }) => {
	const chip = await start();
	const host = await Host.connect(chip.address);
	const terminal = new Terminal(host);
	await terminal.open();
	await terminal.transceive("80010600 0D 410410000001 43020001 4401AA");
	const killed = JSON.parse(readFileSync(stateFile, "utf8"));
	await host.close();
	await chip.close();
	writeFileSync(stateFile, JSON.stringify(killed));
	await withHost(await start(), async (_, again) => {
		await again.open();
		assert.is(await again.transceive("80020000 06 410410000001 00"), "41820001AA9000");
	});
});

state("after an orderly end the session goes on where it was", async ({ start }) => {
	await withHost(await start(), async (host, terminal) => {
		await terminal.open();
		await terminal.transceive("80816100 09 410410000002 420103");
		await host.write(bytes("5AC000FFFC"));
		await host.read(2);
	});
	await withHost(await start(), async (host, terminal) => {
		assert.is((await host.write(bytes("5AC000FFFC"))).type, responseTypes.nack);
		assert.equal((await host.read(3)).payload, bytes("003F19"));
		assert.is(await terminal.transceive("80040027 06 410410000002"), "4101019000");
	});
});

state("after a kill the chip has lost power", async ({ start, stateFile }) => {
	const chip = await start();
	const host = await Host.connect(chip.address);
	await new Terminal(host).open();
	const killed = readFileSync(stateFile);
	await host.close();
	await chip.close();
	writeFileSync(stateFile, killed);
	await withHost(await start(), async (_, terminal) => assert.is(await terminal.transceive("8004002000"), "6D00"));
});

state("a chip that was switched off when the simulator ended starts without its session", async ({ start }) => {
	await withHost(await start(), async (host, terminal) => {
		await terminal.open();
		await host.ena(0);
	});
	await withHost(await start(), async (_, terminal) => assert.is(await terminal.transceive("8004002000"), "6D00"));
});

state("an answer that was being computed is there after a restart", async ({ start }) => {
	await withHost(await start({ latency: "typical" }), async (host, terminal) => {
		await host.sleep(5000);
		await terminal.open();
		await host.write(bytes("5A 40 04 80040020 8C1C"));
		assert.is((await host.read(1)).type, responseTypes.nack);
	});
	await withHost(await start(), async host => assert.is((await host.read(1)).payload[0], 0xa5));
});

state(
	"half a command, the rest of an answer and computing in progress are written and read alike",
	async ({ start, stateFile }) => {
		await (await start()).close();
		const chip = loadChip(stateFile)!;
		const link: DataLinkState = {
			sendSequence: 1,
			receiveSequence: 0,
			ifsd: 32,
			last: { kind: "S", code: 3, response: false, information: Uint8Array.of(1) },
			command: Uint8Array.of(1),
			remainder: Uint8Array.of(2),
			computing: { response: Uint8Array.of(0x90, 0), doneAt: 0 },
			asleep: true,
			afterWtx: true,
		};
		const written: ChipState = {
			...chip,
			boots: 7,
			session: {
				...chip.session!,
				card: { selected: "applet", channel: undefined, sessions: [] },
				pending: Uint8Array.of(3),
				link,
			},
		};
		saveChip(stateFile, written);
		assert.equal(loadChip(stateFile), written);
	},
);

state("objects of every type and sessions of every state are written and read alike", async ({ start, stateFile }) => {
	await (await start()).close();
	const chip = loadChip(stateFile)!;
	const common = { origin: "external", transient: false } as const;
	const { key } = generateRsaKeyPair(512, repeatableRandom("state").bytes, false);
	const objects: SecureObject[] = [
		...chip.objects,
		{ ...common, id: 0x10000001, owner: 0x7da00001, policy: Uint8Array.of(8, 0, 0, 0, 0, 0, 0x20, 0, 0), ...key },
		{ ...common, id: 0x10000002, version: 7, type: "ec-public-key", curve: "P-384", publicKey: new Uint8Array(97) },
		{
			...common,
			id: 0x10000003,
			type: "rsa-public-key",
			modulus: new Uint8Array(128).fill(0xc1),
			publicExponent: Uint8Array.of(1, 0, 1),
		},
		{ ...common, id: 0x10000005, type: "ec-private-key", curve: "P-256", privateKey: new Uint8Array(32).fill(5) },
		{ ...common, id: 0x10000004, type: "ec-key-pair", ...generateEcKey("P-384", repeatableRandom("state").bytes) },
		{
			...common,
			id: 0x7da00001,
			type: "user-id",
			value: Uint8Array.of(1, 2, 3, 4),
			maximumAttempts: 3,
			failedAttempts: 2,
		},
	];
	const session = { id: new Uint8Array(8), authenticationObject: 0x7da00001, since: -5, commands: 3 };
	const sessions: UserSession[] = [
		{ ...session, state: "open", policy: { maximumCommands: 7, maximumTime: 9, refresh: true } },
		{ ...session, state: "failed", policy: { refresh: false } },
	];
	const written: ChipState = {
		...chip,
		objects,
		session: { ...chip.session!, card: { selected: "applet", channel: undefined, sessions } },
	};
	saveChip(stateFile, written);
	assert.equal(loadChip(stateFile), written);
});

state(
	"a session of a user goes on after an orderly end, and the pause is none of its time",
	async ({ start, stateFile }) => {
		await (await start()).close();
		const chip = loadChip(stateFile)!;
		const session: UserSession = {
			id: new Uint8Array(8),
			authenticationObject: 0x7da00001,
			state: "open",
			policy: { maximumTime: 2, refresh: false },
			since: -1_000_000,
			commands: 0,
		};
		saveChip(stateFile, {
			...chip,
			session: { ...chip.session!, card: { selected: "applet", channel: undefined, sessions: [session] } },
		});
		await withHost(await start(), async (host, terminal) => {
			const command = `80050000 10 1008${"00".repeat(8)} 4104 80040020`;
			assert.is((await terminal.transceive(command)).slice(-4), "9000");
			await host.sleep(1_000_000);
			assert.is(await terminal.transceive(command), "6985");
		});
	},
);

state("one chip has one simulator", async ({ start, folder }) => {
	const chip = await start();
	assert.match(
		await refusal(start({ listen: { path: join(folder, "other.sock") } })),
		/in use by the simulator of process/,
	);
	await chip.close();
});

state("a lock whose process is gone is taken over", async ({ start, stateFile }) => {
	await (await start()).close();
	for (const owner of ["999999999 1\n", `${process.pid} 1\n`, "", "nobody"]) {
		writeFileSync(`${stateFile}.lock`, owner);
		await (await start()).close();
		assert.not.ok(existsSync(`${stateFile}.lock`));
	}
});

const damages: [string, (text: string) => string, RegExp][] = [
	["that is cut off", text => text.slice(0, 500), /is damaged \(it is not JSON\)/],
	["that is empty", () => "", /not JSON/],
	["of another format", text => text.replace('"format": 1', '"format": 2'), /format is 2/],
	["of an unknown variant", text => text.replace("SE050C1", "SE051X"), /variant "SE051X"/],
	["with a short key", text => text.replace(/("privateKey": "..)../, "$1"), /privateKey has 31 bytes/],
	["with a bad digit", text => text.replace(/("publicKey": ")../, "$1zz"), /not hexadecimal/],
	["without a UID", text => text.replace("0x7FFF0206", "0x00000001"), /lacks the chip's UID/],
	["with an unknown kind of object", text => text.replace("ec-key-pair", "rsa"), /unknown type/],
	["that is a list", () => "[]", /is not an object/],
];
for (const [what, damage, sentence] of damages)
	state(`a file ${what} is refused in a sentence and left as it is`, async ({ start, stateFile, folder }) => {
		await (await start()).close();
		const damaged = damage(readFileSync(stateFile, "utf8"));
		writeFileSync(stateFile, damaged);
		assert.match(await refusal(start()), sentence);
		assert.is(readFileSync(stateFile, "utf8"), damaged);
		assert.not.ok(existsSync(join(folder, "chip.sock")));
		assert.not.ok(existsSync(`${stateFile}.lock`));
	});

state("a damaged manufacturer's file is refused and left as it is", async ({ start, folder }) => {
	const file = join(folder, "manufacturer.json");
	rmSync(join(folder, "chip.json"));
	writeFileSync(file, "{}");
	assert.match(await refusal(start()), /manufacturer.json is damaged/);
	assert.is(readFileSync(file, "utf8"), "{}");
});

state("a socket file that nobody listens at is replaced", async ({ start, folder }) => {
	const path = join(folder, "chip.sock");
	const leftover = createServer();
	await new Promise<void>(resolve => leftover.listen(`${path}.moved`, resolve));
	renameSync(`${path}.moved`, path); // so that closing does not remove it, as after a kill
	await new Promise<void>(resolve => leftover.close(() => resolve()));
	assert.ok(existsSync(path));
	await (await start()).close();
});

state(
	"a socket somebody listens at, a plain file, a missing folder and a long path are refused in a sentence",
	async ({ start, folder }) => {
		const path = join(folder, "used.sock");
		const server = createServer();
		await new Promise<void>(resolve => server.listen(path, resolve));
		assert.match(await refusal(start({ listen: { path } })), /is in use/);
		await new Promise<void>(resolve => server.close(() => resolve()));
		const plain = join(folder, "plain");
		writeFileSync(plain, "precious");
		assert.match(await refusal(start({ listen: { path: plain } })), /is in use/);
		assert.is(readFileSync(plain, "utf8"), "precious");
		assert.match(await refusal(start({ listen: { path: join(folder, "missing", "chip.sock") } })), /no folder/);
		assert.match(await refusal(start({ listen: { path: join(folder, "x".repeat(120)) } })), /takes 107/);
	},
);

state("a TCP port in use is refused in a sentence; port 0 takes a free one", async ({ start, folder }) => {
	const chip = await start({ listen: { host: "127.0.0.1", port: 0 } });
	const port = Number(/^sim:127\.0\.0\.1:(\d+)$/.exec(chip.address)?.[1]);
	const other = { stateFile: join(folder, "other.json"), listen: { host: "127.0.0.1", port } };
	assert.match(await refusal(start(other)), new RegExp(`Port ${port} of 127.0.0.1 is in use`));
	await withHost(chip, async (_, terminal) => terminal.open());
});

state.run();
