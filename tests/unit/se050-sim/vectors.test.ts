// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeBlock, nodeAddress } from "../../../tools/lib/chip-bus/block.js";
import type { SimulatedChip } from "../../../tools/se050-sim/applet/commands/command.js";
import { ObjectStore } from "../../../tools/se050-sim/applet/objects.js";
import { instantLatency } from "../../../tools/se050-sim/bus/latency.js";
import { Card } from "../../../tools/se050-sim/card/card.js";
import { ecKeyOf } from "../../../tools/se050-sim/crypto/ecdsa.js";
import { repeatableRandom } from "../../../tools/se050-sim/crypto/random.js";
import { DataLink, initialState } from "../../../tools/se050-sim/data-link/t1.js";
import { factoryPlatform, se050c } from "../../../tools/se050-sim/factory/variants.js";
import { bytes } from "./host.js";

/** UID of a part whose certificate its owner published. */
const uid = "0400500194B58D02EAB29B046AA26A701B90";
const selectApplet = "5A001600A4040010A000000396545300000001030000000000A8C8";

interface Context {
	chip: SimulatedChip;
	exchange(frame: string): string;
}

const session = suite<Context>("published frames, from block to object and back");

session.before.each(context => {
	const common = { origin: "provisioned", transient: false } as const;
	context.chip = {
		variant: se050c,
		latency: instantLatency,
		objects: new ObjectStore([
			{ ...common, type: "binary", id: 0x7fff0206, data: new Uint8Array(bytes(uid)) },
			{ ...common, type: "ec-key-pair", id: 0xf0000100, ...ecKeyOf("P-256", new Uint8Array(32).fill(1))! },
			{ ...common, type: "binary", id: 0xf0000101, data: new Uint8Array(470) },
		]),
		platform: factoryPlatform(se050c),
		keep: () => {},
		random: repeatableRandom("vectors"),
		tlvLength: "long",
		boots: 1,
		uptime: () => 0,
	};
	const card = new Card(context.chip, { selected: undefined, channel: undefined }, () => {});
	const link = new DataLink(card, se050c, instantLatency, initialState(), { onBlock() {}, onApdu() {} });
	context.exchange = frame =>
		Buffer.from(link.receive(bytes(frame), 0).frame)
			.toString("hex")
			.toUpperCase();
});

session("SELECT", ({ exchange }) => {
	assert.is(exchange(selectApplet), "A500090301016FFF010B9000CC8B");
});

session("the UID, with a length of the form 82 hi lo", ({ exchange }) => {
	exchange(selectApplet);
	assert.is(exchange("5A40138002000000000A41047FFF0206430200120000168B"), `A5401841820012${uid}90003394`);
});

session("the UID, with a short length", ({ exchange, chip }) => {
	chip.tlvLength = "short";
	exchange(selectApplet);
	assert.is(exchange("5A40138002000000000A41047FFF0206430200120000168B"), `A540164112${uid}90006261`);
});

session("the size of a certificate's file of 470 bytes", ({ exchange }) => {
	exchange(selectApplet);
	exchange("5AC000FFFC");
	assert.is(exchange("5A000B80020007064104F000010161F9"), "A50006410201D690009EE4");
});

session("a file of 470 bytes comes as blocks of 254 and 222", ({ exchange }) => {
	exchange(selectApplet);
	exchange("5AC000FFFC");
	const command = Buffer.from(
		encodeBlock(nodeAddress.toChip, {
			kind: "I",
			sequence: 0,
			more: false,
			information: bytes("80020000 00000A 4104F0000101 430201D6 0000"),
		}),
	).toString("hex");
	const first = exchange(command);
	assert.is(first.slice(0, 14), "A520FE418201D6");
	assert.is(first.length, (254 + 5) * 2);
	const second = exchange("5A9000082F");
	assert.is(second.slice(0, 6), "A540DE");
	assert.is(second.length, (222 + 5) * 2);
});

session('a signature over the digest of "abc"', ({ exchange }) => {
	exchange(selectApplet);
	const answer = exchange(
		"5A403080030C092B4104F00001004201214320BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD1C81",
	);
	assert.match(answer, /^A540(4[C-F]|50)418200(4[4-8])30(4[2-6])02/);
	assert.is(answer.slice(-8, -4), "9000");
});

session.run();
