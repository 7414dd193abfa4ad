// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
	type Block,
	encodeBlock,
	nodeAddress,
	rError,
	type Sequence,
	sCode,
} from "../../../tools/lib/chip-bus/block.js";
import { se050cLatency } from "../../../tools/se050-sim/bus/latency.js";
import type { CommandProcessor } from "../../../tools/se050-sim/card/card.js";
import { DataLink, initialState } from "../../../tools/se050-sim/data-link/t1.js";
import { se050c } from "../../../tools/se050-sim/factory/variants.js";
import { bytes } from "./host.js";

/** A card whose answer and computing time the test chooses. */
class FakeCard implements CommandProcessor {
	commands: string[] = [];
	events: string[] = [];
	answer: Uint8Array = bytes("9000");
	microseconds = 1000;

	execute(apdu: Uint8Array): { response: Uint8Array; microseconds: number } {
		this.commands.push(Buffer.from(apdu).toString("hex"));
		return { response: this.answer, microseconds: this.microseconds };
	}

	deselect(): void {
		this.events.push("deselect");
	}

	restart(): void {
		this.events.push("restart");
	}
}

const resyncRequest = "5AC000FFFC";
const softReset = "5ACF00377F";
const wtxRequest = "A5C301011BDD";
const wtxResponse = "5AE30101F21B";
const blockTime = se050cLatency.block;

interface Context {
	card: FakeCard;
	link: DataLink;
	now: number;
	send(frame: Uint8Array | string): string;
}

const t1 = suite<Context>("T=1");

t1.before.each(context => {
	context.card = new FakeCard();
	context.link = new DataLink(context.card, se050c, se050cLatency, initialState(), { onBlock() {}, onApdu() {} });
	context.now = 0;
	context.send = frame => {
		const answer = context.link.receive(typeof frame === "string" ? bytes(frame) : frame, context.now);
		assert.ok(answer.readyAt >= context.now);
		context.now = answer.readyAt;
		return Buffer.from(answer.frame).toString("hex").toUpperCase();
	};
});

const hostFrame = (block: Block): Uint8Array => encodeBlock(nodeAddress.toChip, block);
const chipFrame = (block: Block): string =>
	Buffer.from(encodeBlock(nodeAddress.toHost, block)).toString("hex").toUpperCase();
const command = (sequence: Sequence, information: string | Uint8Array = "80040020", more = false): Uint8Array =>
	hostFrame({
		kind: "I",
		sequence,
		more,
		information: typeof information === "string" ? bytes(information) : information,
	});
const answer = (sequence: Sequence, information: Uint8Array, more = false): string =>
	chipFrame({ kind: "I", sequence, more, information });
const ready = (sequence: Sequence, error: number = rError.none): Uint8Array =>
	hostFrame({ kind: "R", sequence, error });
const refusal = (sequence: Sequence, error: number): string => chipFrame({ kind: "R", sequence, error });
const counting = (length: number): Uint8Array => new Uint8Array(length).map((_, index) => index);

t1("answers a command with an I-block, both counting from 0 and toggling", ({ send, card }) => {
	assert.is(send(command(0)), answer(0, card.answer));
	assert.is(send(command(1)), answer(1, card.answer));
	assert.is(send(command(0)), answer(0, card.answer));
	assert.is(card.commands.length, 3);
});

t1("answers when the card has computed", ({ link, card }) => {
	card.microseconds = 48_000;
	assert.is(link.receive(command(0), 500).readyAt, 48_500);
});

t1("answers a command with a bad CRC by R-NAK with the N(S) it expects, and does not run it", ({ send, card }) => {
	const damaged = command(0);
	damaged[4]! ^= 1;
	assert.is(send(damaged), "A58100B265");
	assert.is(send(command(0)), answer(0, card.answer));
	assert.is(send(damaged), "A5910023F0");
	assert.is(card.commands.length, 1);
});

t1('answers a frame of wrong length by R-NAK "other"', ({ send }) => {
	assert.is(send("5A"), refusal(0, rError.other));
	assert.is(send(command(0).subarray(0, 7)), refusal(0, rError.other));
});

t1('answers a frame with another node address by R-NAK "NAD missed"', ({ send }) => {
	assert.is(
		send(encodeBlock(nodeAddress.toHost, { kind: "S", code: 0, response: false, information: new Uint8Array(0) })),
		refusal(0, rError.nodeAddressMissed),
	);
});

t1("answers an I-block with the wrong N(S) by R-NAK and does not run it", ({ send, card }) => {
	assert.is(send(command(1)), refusal(0, rError.other));
	assert.equal(card.commands, []);
});

t1("sends the same I-block again for each R-NAK of the host", ({ send, card }) => {
	const first = send(command(0));
	assert.is(send(ready(0, rError.crc)), first);
	assert.is(send(ready(0, rError.other)), first);
	assert.is(card.commands.length, 1);
	assert.is(send(command(1)), answer(1, card.answer));
});

t1("sends the next block of a chain only after R-ACK", ({ send, card }) => {
	card.answer = counting(600);
	assert.is(send(command(0)), answer(0, card.answer.slice(0, 254), true));
	assert.is(send(ready(1)), answer(1, card.answer.slice(254, 508), true));
	assert.is(send(ready(0)), answer(0, card.answer.slice(508)));
});

t1("chains 476 bytes as published: A5 20 FE, R-ACK 5A 90 00 08 2F, A5 40 DE", ({ send, card }) => {
	card.answer = counting(476);
	assert.is(send(command(0)).slice(0, 6), "A520FE");
	assert.is(send("5A9000082F").slice(0, 6), "A540DE");
});

t1("sends a chained block again for an R-block that asks for it", ({ send, card }) => {
	card.answer = counting(600);
	const first = send(command(0));
	assert.is(send(ready(0, rError.crc)), first);
	assert.is(send(ready(0)), first);
	const second = send(ready(1));
	assert.is(send(ready(1, rError.crc)), second);
	assert.is(send(ready(0)), answer(0, card.answer.slice(508)));
});

t1("refuses a command while blocks of an answer are outstanding", ({ send, card }) => {
	card.answer = counting(300);
	send(command(0));
	assert.is(send(command(1)), refusal(1, rError.other));
	assert.is(card.commands.length, 1);
});

t1("acknowledges each chained block of a command but the last", ({ send, card }) => {
	assert.is(send(command(0, counting(254), true)), "A59000FBE9");
	assert.is(send(command(1, counting(254), true)), "A580006A7C");
	assert.is(send(command(0, "0102")), answer(0, card.answer));
	assert.equal(card.commands, [Buffer.concat([counting(254), counting(254), bytes("0102")]).toString("hex")]);
});

t1("repeats the acknowledgement of a chained block whose successor was lost", ({ send }) => {
	const acknowledgement = send(command(0, counting(254), true));
	assert.is(send(ready(0, rError.crc)), acknowledgement);
});

t1("asks for the command again where the host wants an answer that the chip does not have", ({ send, card }) => {
	send(command(0));
	assert.is(send(ready(1, rError.crc)), refusal(1, rError.other));
	assert.is(send(command(1)), answer(1, card.answer));
});

t1("asks for more time before BWT ends, and answers after the response", ({ send, card, link }) => {
	card.microseconds = 1_500_000;
	const request = link.receive(command(0), 0);
	assert.is(Buffer.from(request.frame).toString("hex").toUpperCase(), wtxRequest);
	assert.ok(request.readyAt >= 900_000 && request.readyAt < 1_000_000);
	assert.is(link.receive(bytes(wtxResponse), 1_000_000).readyAt, 1_500_000);
	assert.is(send(ready(0, rError.crc)), answer(0, card.answer));
});

t1("asks for more time about once a second of computing, whatever multiplier the host grants", ({ send, card }) => {
	card.microseconds = 3_500_000;
	assert.is(send(command(0)), wtxRequest);
	assert.is(send(wtxResponse), wtxRequest);
	assert.is(send("5AE301026929"), wtxRequest);
	assert.is(send(wtxResponse), answer(0, card.answer));
});

t1("repeats a WTX request that the host did not understand", ({ send, card }) => {
	card.microseconds = 1_500_000;
	const request = send(command(0));
	assert.is(send(ready(0, rError.crc)), request);
	assert.is(send(wtxResponse), answer(0, card.answer));
});

t1("answers at once when it was done while it waited for the WTX response", ({ card, link }) => {
	card.microseconds = 1_500_000;
	link.receive(command(0), 0);
	assert.is(link.receive(bytes(wtxResponse), 9_000_000).readyAt, 9_000_000);
});

for (const sequence of [0, 1] as const) {
	const nak = ready(sequence, rError.other);

	t1(`an R-NAK ${sequence} after a WTX response that was lost brings the WTX request again`, ({ send, card }) => {
		card.microseconds = 1_000_000;
		assert.is(send(command(0)), wtxRequest);
		assert.is(send(nak), wtxRequest);
		assert.is(send(wtxResponse), answer(0, card.answer));
	});

	t1(
		`an R-NAK ${sequence} after a WTX response whose answer was lost brings the answer again, as often as it takes`,
		({ send, card }) => {
			card.microseconds = 1_000_000;
			card.answer = new Uint8Array(300);
			send(command(0));
			const first = send(wtxResponse);
			assert.is(send(nak), first);
			assert.is(send(nak), first);
			const second = send(ready(1));
			assert.is.not(second, first);
			assert.is(card.commands.length, 1);
		},
	);
}

t1(
	"a command that comes again in place of a WTX response is not executed again: time is asked for",
	({ send, card }) => {
		card.microseconds = 1_000_000;
		assert.is(send(command(0)), wtxRequest);
		assert.is(send("5AE3010100 00"), refusal(1, rError.crc));
		assert.is(send(command(0)), wtxRequest);
		assert.is(send(wtxResponse), answer(0, card.answer));
		assert.is(card.commands.length, 1);
	},
);

t1("a block of a chained command is acknowledged before the guard time of 100 µs is over", ({ link }) => {
	assert.ok(link.receive(command(0, new Uint8Array(254), true), 1000).readyAt < 1100);
});

t1("refuses a WTX response that it did not ask for", ({ send }) => {
	assert.is(send(wtxResponse), refusal(0, rError.other));
});

t1("RESYNC resets the sequence numbers and leaves the applet selected", ({ send, card }) => {
	send(command(0));
	assert.is(send(resyncRequest), "A5E0003F19");
	assert.is(send(command(0)), answer(0, card.answer));
	assert.equal(card.events, []);
});

t1("RESYNC drops an answer and half a command", ({ send, card }) => {
	card.answer = counting(300);
	send(command(0));
	send(resyncRequest);
	send(command(0, "AABB", true));
	send(resyncRequest);
	card.answer = bytes("9000");
	assert.is(send(command(0, "CC")), answer(0, card.answer));
	assert.is(card.commands.at(-1), "cc");
});

t1("the interface soft reset answers the ATR as captured from a part, and deselects", ({ send, card }) => {
	send(command(0));
	assert.is(send(softReset), "A5EF2300A0000003960403E800FE020B03E80801000000006400000A4A434F5034204154504F8777");
	assert.is(send(command(0)), answer(0, card.answer));
	assert.equal(card.events, ["deselect"]);
});

t1("an interface soft reset ends computing that waits for a WTX response", ({ send, card }) => {
	card.microseconds = 5_000_000;
	send(command(0));
	assert.is(send(softReset).slice(0, 4), "A5EF");
	card.microseconds = 1000;
	assert.is(send(command(0)), answer(0, card.answer));
});

t1("GET ATR changes nothing", ({ send, card }) => {
	send(command(0));
	assert.is(send("5AC700F7B1"), "A5E72300A0000003960403E800FE020B03E80801000000006400000A4A434F5034204154504F2A8D");
	assert.is(send(command(1)), answer(1, card.answer));
	assert.equal(card.events, []);
});

t1("IFS sets the length of the answers' blocks", ({ send, card }) => {
	card.answer = counting(40);
	const information = Uint8Array.of(32);
	const size = hostFrame({ kind: "S", code: sCode.ifs, response: false, information });
	assert.is(send(size), chipFrame({ kind: "S", code: sCode.ifs, response: true, information }));
	assert.is(send(command(0)), answer(0, card.answer.slice(0, 32), true));
	assert.is(send(ready(1)), answer(1, card.answer.slice(32)));
});

t1("a chain goes on after a supervisory exchange in its middle", ({ send, card }) => {
	card.answer = counting(300);
	send(command(0));
	send("5AC700F7B1");
	assert.is(send(ready(1)), answer(1, card.answer.slice(254)));
});

for (const size of [0, 255])
	t1(`an IFS of ${size} is refused`, ({ send }) => {
		assert.is(
			send(hostFrame({ kind: "S", code: sCode.ifs, response: false, information: Uint8Array.of(size) })),
			refusal(0, rError.other),
		);
	});

t1("ABORT drops half a command and keeps the sequence numbers", ({ send, card }) => {
	send(command(0, "AABB", true));
	assert.is(
		send("5AC2004FCF"),
		chipFrame({ kind: "S", code: sCode.abort, response: true, information: new Uint8Array(0) }),
	);
	send(command(1, "CC"));
	assert.equal(card.commands, ["cc"]);
});

t1("the end of the APDU session deselects, and the next block waits for the wake-up", ({ send, card, link }) => {
	assert.is(send("5AC5004782"), "A5E5008767");
	assert.equal(card.events, ["deselect"]);
	assert.is(link.receive(bytes(resyncRequest), 1000).readyAt, 1000 + se050cLatency.wake + blockTime);
	assert.is(link.receive(bytes(resyncRequest), 2000).readyAt, 2000 + blockTime);
});

t1("a chip reset starts the card anew and answers after its boot", ({ link, card }) => {
	const { frame, readyAt } = link.receive(bytes("5AC6002FA8"), 0);
	assert.equal(Buffer.from(frame), bytes("A5E600EF4D"));
	assert.equal(card.events, ["restart"]);
	assert.ok(readyAt >= se050cLatency.boot);
});

for (const [what, block] of [
	[
		"a supervisory request that the part does not know",
		{ kind: "S", code: 0x1f, response: false, information: new Uint8Array(0) },
	],
	["RESYNC with information", { kind: "S", code: sCode.resync, response: false, information: Uint8Array.of(0) }],
	["a WTX request from the host", { kind: "S", code: sCode.wtx, response: false, information: Uint8Array.of(1) }],
	[
		"a RESYNC response from the host",
		{ kind: "S", code: sCode.resync, response: true, information: new Uint8Array(0) },
	],
] satisfies [string, Block][])
	t1(`refuses ${what}`, ({ send }) => {
		assert.is(send(hostFrame(block)), refusal(0, rError.other));
	});

t1.run();
