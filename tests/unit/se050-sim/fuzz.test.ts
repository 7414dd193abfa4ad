// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Block, decodeBlock, encodeBlock, nodeAddress } from "../../../tools/lib/chip-bus/block.js";
import type { SimulatedChip } from "../../../tools/se050-sim/applet/commands/command.js";
import { commandTable } from "../../../tools/se050-sim/applet/commands/table.js";
import { ObjectStore } from "../../../tools/se050-sim/applet/objects.js";
import { I2CTarget } from "../../../tools/se050-sim/bus/i2c.js";
import { instantLatency } from "../../../tools/se050-sim/bus/latency.js";
import { Card } from "../../../tools/se050-sim/card/card.js";
import { generateEcKey } from "../../../tools/se050-sim/crypto/ecdsa.js";
import { type RandomSource, repeatableRandom } from "../../../tools/se050-sim/crypto/random.js";
import { DataLink, initialState } from "../../../tools/se050-sim/data-link/t1.js";
import { factoryPlatform, se050c } from "../../../tools/se050-sim/factory/variants.js";
import { ProtocolError, parseRequest, splitMessage } from "../../../tools/se050-sim/link/link-protocol.js";

const seed = process.env.SEED ?? String(Date.now());
console.log(`SEED=${seed}`);
const source = repeatableRandom(seed);
let stock = new Uint8Array(0);

/** The seed's numbers, many made at a time: most that are asked for are of 4 bytes. */
const random: RandomSource = {
	repeats: true,
	bytes(length) {
		if (stock.length < length) stock = Uint8Array.from(source.bytes(4_096 + length));
		const taken = stock.slice(0, length);
		stock = stock.subarray(length);
		return taken;
	},
};

/** A number from 0 to `limit` - 1. */
const below = (limit: number): number => Buffer.from(random.bytes(4)).readUInt32BE() % limit;
const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;

const selectApplet = Buffer.from("00A4040010A000000396545300000001030000000000", "hex");
const ids = [0x7fff0206, 0xf0000100, 0xf0000101, 0x10000001, 0x10000002, 0x7da00001, 0];
const session = {
	id: new Uint8Array(8),
	authenticationObject: 0x7da00001,
	policy: { refresh: true },
	since: 0,
	commands: 0,
} as const;

function createChip(): { chip: SimulatedChip; card: Card; link: DataLink; target: I2CTarget } {
	const common = { origin: "provisioned", transient: false } as const;
	const chip: SimulatedChip = {
		variant: se050c,
		latency: instantLatency,
		objects: new ObjectStore([
			{ ...common, type: "binary", id: 0x7fff0206, data: random.bytes(18) },
			{ ...common, type: "ec-key-pair", id: 0xf0000100, ...generateEcKey("P-256", random.bytes) },
			{ ...common, type: "binary", id: 0xf0000101, data: random.bytes(600) },
			{ ...common, type: "user-id", id: 0x7da00001, value: random.bytes(8), maximumAttempts: 0, failedAttempts: 0 },
		]),
		platform: factoryPlatform(se050c),
		keep: () => {},
		random,
		tlvLength: pick(["short", "long"]),
		boots: 1,
		uptime: () => 0,
	};
	const card = cardInSession(chip);
	const link = new DataLink(card, se050c, instantLatency, initialState(), { onBlock() {}, onApdu() {} });
	return { chip, card, link, target: new I2CTarget(link, 0, 0, undefined) };
}

const cardInSession = (chip: SimulatedChip): Card =>
	new Card(chip, { selected: "applet", channel: undefined, sessions: [{ ...session, state: "open" }] }, () => {});

/** A command, put into another that names the session. */
function processed(apdu: Uint8Array): Uint8Array {
	const inner = Buffer.concat([Buffer.of(0x41, 0x82, apdu.length >> 8, apdu.length & 0xff), apdu]);
	const data = Buffer.concat([Buffer.of(0x10, 8), session.id, inner]);
	return Buffer.concat([Buffer.of(0x80, 5, 0, 0, 0, data.length >> 8, data.length & 0xff), data, Buffer.of(0, 0)]);
}

/** Bytes of a command that is nearly right: known header, plausible TLVs, and then some damage. */
function almostCommand(): Uint8Array {
	const command = pick(commandTable);
	const tags = [...(command.required ?? []), ...(command.optional ?? []), ...(command.attested ?? [])].filter(
		() => below(8) > 0,
	);
	const value = (tag: number): Uint8Array => {
		if (tag !== 0x41 || below(10) === 0)
			return pick([
				Uint8Array.of(0x21),
				Uint8Array.of(3),
				Uint8Array.of(0, below(256)),
				random.bytes(32),
				random.bytes(below(100)),
			]);
		const id = Buffer.alloc(4);
		id.writeUInt32BE(pick(ids));
		return pick([id, id, random.bytes(2)]);
	};
	const tlvs = tags.map(tag => {
		const content = value(tag);
		return Buffer.concat([Buffer.of(tag, content.length), content]);
	});
	const data = Buffer.concat(tlvs);
	const lc =
		below(2) === 0 && data.length < 256 ? Buffer.of(data.length) : Buffer.of(0, data.length >> 8, data.length & 0xff);
	const apdu = Buffer.concat([
		Buffer.of(0x80, command.ins | pick([0, 0, 0, 0x80, 0x20]), command.p1, command.p2),
		lc,
		data,
		pick([Buffer.alloc(0), Buffer.of(0), Buffer.of(0, 0)]),
	]);
	if (below(4) === 0) apdu[below(apdu.length)] = below(256);
	return new Uint8Array(apdu);
}

const almostBlock = (): Uint8Array => {
	const sequence = pick([0, 1] as const);
	const information = pick([almostCommand, () => random.bytes(below(254))])().slice(0, 254);
	const block = pick<Block>([
		{ kind: "I", sequence, more: below(4) === 0, information },
		{ kind: "R", sequence, error: below(4) },
		{ kind: "S", code: below(32), response: below(2) === 0, information: random.bytes(pick([0, 0, 1, 5])) },
	]);
	const frame = encodeBlock(nodeAddress.toChip, block);
	if (below(5) === 0) frame[below(frame.length)] = below(256);
	return below(10) === 0 ? frame.slice(0, below(frame.length)) : frame;
};

const statusWords = new Set([
	"9000",
	"6700",
	"6982",
	"6984",
	"6985",
	"6986",
	"6A80",
	"6A82",
	"6A84",
	"6A86",
	"6B00",
	"6D00",
	"6E00",
]);

function assertResponse(response: Uint8Array): void {
	const status = Buffer.from(response.slice(-2)).toString("hex").toUpperCase();
	assert.ok(statusWords.has(status), status);
	assert.ok(response.length === 2 || status === "9000", "an error carries data");
	assert.ok(response.length <= 892 + 2);
}

test("the card answers any bytes by a known status word, an error by nothing else, and never by a private key", () => {
	const { chip } = createChip();
	const secret = chip.objects
		.list()
		.flatMap(object => (object.type === "ec-key-pair" ? [Buffer.from(object.privateKey)] : []))[0]!;
	const seen = new Set<string>();
	for (let round = 0; round < 20_000; round++) {
		const card = cardInSession(chip);
		const apdu = pick([almostCommand, almostCommand, () => random.bytes(below(40))])();
		const { response, microseconds } = card.execute(below(3) === 0 ? processed(apdu) : apdu);
		assertResponse(response);
		assert.not.ok(Buffer.from(response).includes(secret));
		assert.ok(microseconds >= 0);
		seen.add(Buffer.from(response.slice(-2)).toString("hex"));
	}
	for (const status of ["9000", "6700", "6984", "6985", "6986", "6a80", "6d00", "6e00", "6a86", "6b00"])
		assert.ok(seen.has(status), `${status} never came`);
});

test("the data link answers any bytes by one well-formed block, and works after a soft reset", () => {
	const { link } = createChip();
	for (let round = 0; round < 20_000; round++) {
		const { frame, readyAt } = link.receive(
			pick([almostBlock, almostBlock, () => random.bytes(below(260) + 1)])(),
			round,
		);
		const block = decodeBlock(nodeAddress.toHost, frame);
		if (typeof block === "string") assert.unreachable(`the answer has a defect: ${block}`);
		assert.ok(readyAt >= round);
		if (round % 100 === 0) {
			const atr = link.receive(Buffer.from("5ACF00377F", "hex"), round).frame;
			assert.is(atr[1], 0xef);
			const select = link.receive(
				encodeBlock(nodeAddress.toChip, {
					kind: "I",
					sequence: 0,
					more: false,
					information: selectApplet,
				}),
				round,
			).frame;
			assert.equal(Buffer.from(select), Buffer.from("A500090301016FFF010B9000CC8B", "hex"));
		}
	}
});

test("the I2C target keeps its rules in any order of transactions", () => {
	const { target } = createChip();
	let unread = 0;
	for (let round = 0; round < 20_000; round++) {
		if (below(2) === 0) {
			const frame = almostBlock();
			const acknowledged = target.acknowledges(0x48, frame.length, round);
			assert.is(acknowledged, unread > 0 ? undefined : frame.length);
			if (acknowledged === undefined) continue;
			target.write(frame, round);
			unread = target.pending?.length ?? 0;
			assert.is(unread > 0, frame.length > 0);
		} else {
			const count = 1 + below(260);
			const read = target.read(0x48, count, round + 10_000_000);
			assert.is(read?.length, unread > 0 ? count : undefined);
			unread = Math.max(0, unread - count);
		}
	}
});

test("the link's parser takes or refuses any bytes in words", () => {
	let taken = 0;
	for (let round = 0; round < 20_000; round++) {
		const raw = random.bytes(below(20));
		if (raw.length > 2 && below(2) === 0) raw.set([1 + below(6), 0, raw.length - 3]);
		try {
			const message = splitMessage(raw);
			if (message && parseRequest(message.type, message.payload)) taken++;
		} catch (error) {
			assert.instance(error, ProtocolError);
		}
	}
	assert.ok(taken > 100);
});

test.run();
