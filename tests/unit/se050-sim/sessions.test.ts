// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { SecureObject } from "../../../tools/se050-sim/applet/objects.js";
import { defaultKeys } from "../../../tools/se050-sim/card/scp03/default-keys.js";
import { type ChipVariant, se050c, variantTable } from "../../../tools/se050-sim/factory/variants.js";
import { command, hex, selectApplet, type TestCard, testCard, tlv, value } from "./card.js";
import { Scp03Host } from "./scp03-host.js";

const testUser = "7DA00001";
const otherUser = "7DA00002";
const factoryReset = "7FFF0205";
const platformScp = "7FFF0207";
const userIdValue = "31323334";

const userId = (id: string, maximumAttempts = 0): SecureObject => ({
	type: "user-id",
	id: parseInt(id, 16),
	origin: "external",
	transient: false,
	value: new Uint8Array(Buffer.from(userIdValue, "hex")),
	maximumAttempts,
	failedAttempts: 0,
});

interface Context extends TestCard {
	/** What the chip's uptime is, in microseconds. */
	clock: { now: number };
}

function power(variant: ChipVariant, ...objects: SecureObject[]): Context {
	const clock = { now: 1_000_000 };
	return { clock, ...testCard(variant, objects, { uptime: () => clock.now }) };
}

const create = (id = testUser): string => command("8004001B", tlv("41", id));

/** A short command, as NXP's host library puts it into another. */
const inner = (header: string, ...tlvs: string[]): string => {
	const data = tlvs.join("");
	return `${header}${data && hex(data.length / 2, 2)}${data}`;
};

/** One command in a session. */
const inSession = ({ run }: Pick<TestCard, "run">, session: string, header: string, ...tlvs: string[]): string =>
	run(command("80050000", tlv("10", session), tlv("41", inner(header, ...tlvs))));

const verify = (card: Pick<TestCard, "run">, session: string, shown = userIdValue): string =>
	inSession(card, session, "8004002C", tlv("41", shown));
const close = (card: Pick<TestCard, "run">, session: string): string => inSession(card, session, "8004001C");
const sessionPolicy = (header: string, ...values: number[]): string => {
	const content = header + values.map(each => hex(each, 4)).join("");
	return hex(content.length / 2, 2) + content;
};

/** Creates a session and authenticates it. */
function open(card: Pick<TestCard, "run">, id = testUser): string {
	const session = value(card.run(create(id))).toString("hex");
	assert.is(verify(card, session), "9000");
	return session;
}

/** A secure channel with the keys that NXP publishes for a variant. */
function openChannel({ run }: Pick<TestCard, "run">, variant: ChipVariant): Scp03Host {
	const { enc, mac, dek } = defaultKeys.get(variant.oef)!;
	const digits = (key: Uint8Array): string => Buffer.from(key).toString("hex");
	const host = new Scp03Host(
		run,
		{ enc: digits(enc), mac: digits(mac), dek: digits(dek) },
		variant.counterRule === "every command",
	);
	assert.is(host.open().authenticate, "9000");
	return host;
}

const sessions = suite<Context>("sessions");
sessions.before.each(context => void Object.assign(context, power(se050c, userId(testUser), userId(otherUser, 3))));

sessions("a session has an identifier of 8 bytes, opens by its user's value, and is closed once", context => {
	const session = value(context.run(create()));
	assert.is(session.length, 8);
	assert.is(verify(context, session.toString("hex")), "9000");
	assert.is(inSession(context, session.toString("hex"), "80040020"), "41070301016FFF010B9000");
	assert.is(close(context, session.toString("hex")), "9000");
	assert.is(close(context, session.toString("hex")), "6985");
	assert.is(inSession(context, session.toString("hex"), "80040020"), "6985");
});

sessions("a session of what is not there, or does not authenticate, is answered 6985", ({ run }) => {
	assert.is(run(command("80010600", tlv("41", "10000001"), tlv("43", "0001"))), "9000");
	for (const id of ["10000001", "10000002", "F0000100"]) assert.is(run(create(id)), "6985");
});

sessions("a session that is not open takes no commands: 6982", context => {
	const session = value(context.run(create())).toString("hex");
	assert.is(inSession(context, session, "80040020"), "6982");
	assert.is(verify(context, session), "9000");
	assert.is(verify(context, session), "6982");
});

sessions("a wrong value is answered 6985, and the session can only be closed then", context => {
	const session = value(context.run(create())).toString("hex");
	assert.is(verify(context, session, "30303030"), "6985");
	assert.is(verify(context, session), "6982");
	assert.is(inSession(context, session, "80040020"), "6982");
	assert.is(close(context, session), "9000");
	assert.is(context.run("8004002000"), "41070301016FFF010B9000");
});

/** One attempt in a session of its own. */
function attempt(context: Context, shown: string): string {
	const session = value(context.run(create(otherUser))).toString("hex");
	const answer = verify(context, session, shown);
	assert.is(close(context, session), "9000");
	return answer;
}

sessions("after as many wrong values as its object allows, a user is locked: 6986 at CreateSession", context => {
	for (let count = 0; count < 3; count++) assert.is(attempt(context, "30303030"), "6985");
	assert.is(context.run(create(otherUser)), "6986");
	assert.is(context.run(create()).slice(-4), "9000");
});

sessions("a right value lets the attempts be counted anew", context => {
	assert.is(attempt(context, "30303030"), "6985");
	assert.is(attempt(context, "30303030"), "6985");
	assert.is(attempt(context, userIdValue), "9000");
	assert.is(attempt(context, "30303030"), "6985");
	assert.is(attempt(context, "30303030"), "6985");
	assert.is(attempt(context, userIdValue), "9000");
});

sessions("without a limit nobody is locked", context => {
	for (let count = 0; count < 300; count++) {
		const session = value(context.run(create())).toString("hex");
		assert.is(verify(context, session, "30303030"), "6985");
		close(context, session);
	}
	assert.ok(open(context));
});

sessions("there are two sessions at most, failed ones included: 6985", context => {
	const first = open(context);
	const second = value(context.run(create(otherUser))).toString("hex");
	assert.is(verify(context, second, "30303030"), "6985");
	assert.is(context.run(create()), "6985");
	close(context, second);
	assert.ok(open(context));
	assert.is(inSession(context, first, "80040020").slice(-4), "9000");
});

sessions(
	"a session's own commands outside of one are answered 6B00, as VerifySessionUserID was by a part",
	({ run }) => {
		assert.is(run(command("8004002C", tlv("41", userIdValue))), "6B00");
		assert.is(run("8004001C"), "6B00");
		assert.is(run("8004001E"), "6B00");
		assert.is(run(command("8004001F", tlv("41", sessionPolicy("2000")))), "6B00");
	},
);

sessions("a session in a session, and one for another session's identifier, are answered 6985", context => {
	const session = open(context);
	assert.is(inSession(context, session, "8004001B", tlv("41", otherUser)), "6985");
	assert.is(inSession(context, session, "80050000", tlv("10", session), tlv("41", "80040020")), "6985");
	assert.is(inSession(context, "00".repeat(8), "80040020"), "6985");
});

for (const [what, end] of [
	["SELECT", ({ run }) => void run(selectApplet)],
	[
		"an interface soft reset",
		({ run, card }) => {
			card.deselect();
			run(selectApplet);
		},
	],
	[
		"a chip reset",
		({ run, card }) => {
			card.restart();
			run(selectApplet);
		},
	],
] as [string, (context: Context) => void][])
	sessions(`${what} ends all sessions`, context => {
		const session = open(context);
		end(context);
		assert.is(inSession(context, session, "80040020"), "6985");
	});

/** A policy entry for a user. */
const policyFor = (...entries: [user: string, rights: string][]): string =>
	tlv("11", entries.map(([user, rights]) => `08${user}${rights}`).join(""));
const write = (id: string, content: string): string[] => [tlv("41", id), tlv("44", content)];

sessions("an object's policy gives its rights to the user that it names, and to nobody else", context => {
	const { run } = context;
	assert.is(
		run(
			command(
				"80010600",
				policyFor([testUser, "00300000"], [otherUser, "00200000"]),
				tlv("41", "10000001"),
				tlv("43", "0001"),
			),
		),
		"9000",
	);
	assert.is(run(command("80020000", tlv("41", "10000001"))), "6986");
	const owner = open(context);
	assert.is(inSession(context, owner, "80010600", ...write("10000001", "AA")), "9000");
	assert.is(inSession(context, owner, "80040028", tlv("41", "10000001")), "6986");
	const reader = open(context, otherUser);
	assert.is(inSession(context, reader, "80020000", tlv("41", "10000001")), "4101AA9000");
	assert.is(inSession(context, reader, "80010600", ...write("10000001", "BB")), "6986");
});

sessions("a right foreverybody is a right in a session too", context => {
	assert.is(
		context.run(command("80010600", policyFor(["00000000", "00200000"]), tlv("41", "10000001"), tlv("43", "0001"))),
		"9000",
	);
	assert.is(inSession(context, open(context), "80020000", tlv("41", "10000001")), "4101009000");
});

sessions("the user of a session owns what is created in it, and the attributes say so", context => {
	const session = open(context);
	assert.is(inSession(context, session, "80016100", tlv("41", "10000001"), tlv("42", "03")), "9000");
	assert.is(context.chip.objects.find(0x10000001)?.owner, 0x7da00001);
});

sessions("a session may end after a number of commands", context => {
	const session = open(context);
	assert.is(inSession(context, session, "8004001F", tlv("41", sessionPolicy("8000", 2))), "9000");
	assert.is(inSession(context, session, "80040020").slice(-4), "9000");
	assert.is(inSession(context, session, "80040020").slice(-4), "9000");
	assert.is(inSession(context, session, "80040020"), "6985");
});

sessions("a session may end after some seconds", context => {
	const session = open(context);
	assert.is(inSession(context, session, "8004001F", tlv("41", sessionPolicy("4000", 10))), "9000");
	context.clock.now += 10_000_000;
	assert.is(inSession(context, session, "80040020").slice(-4), "9000");
	context.clock.now += 1;
	assert.is(inSession(context, session, "80040020"), "6985");
});

sessions("a session is refreshed where its policy allows it, with another policy if one is given", context => {
	const session = open(context);
	assert.is(inSession(context, session, "8004001E"), "6985");
	assert.is(inSession(context, session, "8004001F", tlv("41", sessionPolicy("E000", 3, 10))), "9000");
	context.clock.now += 9_000_000;
	assert.is(inSession(context, session, "8004001E"), "9000");
	context.clock.now += 9_000_000;
	assert.is(inSession(context, session, "80040020").slice(-4), "9000");
	assert.is(inSession(context, session, "8004001E", tlv("11", sessionPolicy("8000", 1))), "9000");
	assert.is(inSession(context, session, "80040020").slice(-4), "9000");
	assert.is(inSession(context, session, "80040020"), "6985");
});

sessions("a session policy that is none is answered 6985", context => {
	const session = open(context);
	for (const policy of ["", "02", "028000", "04000000", "0280000001", "020001"])
		assert.is(inSession(context, session, "8004001F", tlv("41", policy)), "6985");
	assert.is(inSession(context, session, "80040020").slice(-4), "9000");
});

sessions("a UserID is never read, and its attempts are reported by attestation", context => {
	assert.is(attempt(context, "30303030"), "6985");
	assert.is(context.run(command("80020000", tlv("41", otherUser))), "6985");
	assert.is(context.run(command("80020026", tlv("41", otherUser))), "41010C4201019000");
	assert.is(context.run(command("80016100", tlv("41", "10000001"), tlv("42", "03"))), "9000");
	const answer = context.run(
		command("80220000", tlv("41", otherUser), tlv("45", "10000001"), tlv("46", "21"), tlv("47", "00".repeat(16))),
	);
	assert.is(value(answer).toString("hex").toUpperCase(), "7DA00002 0C 02 0001 00000000 0003 01".replaceAll(" ", ""));
});

for (const variant of [se050c, variantTable.get("SE050E2")!]) {
	sessions(`${variant.name}: a UserID is created under platform SCP03, and not in the clear`, () => {
		const card = power(variant);
		const tlvs = [tlv("12", "0003"), tlv("41", testUser), tlv("42", userIdValue)];
		assert.is(card.run(command("80410700", ...tlvs)), "6985");
		const channel = openChannel(card, variant);
		assert.is(channel.send("80410700", tlvs.join("")), "9000");
		assert.is(channel.send("80410700", tlvs.join("")), "6985");
		const session = value(channel.send("8004001B", tlv("41", testUser))).toString("hex");
		const process = (content: string): string => channel.send("80050000", tlv("10", session) + tlv("41", content));
		assert.is(process(inner("8004002C", tlv("41", userIdValue))), "9000");
		assert.is(process("80040020").slice(-4), "9000");
		assert.is(process("8004001C"), "9000");
	});

	sessions(`${variant.name}: its user makes platform SCP03 mandatory, and takes that back`, () => {
		const card = power(variant, userId(platformScp));
		const request = (required: string): string => tlv("41", inner("80040052", tlv("41", required)));
		const session = open(card, platformScp);
		assert.is(card.run(command("80050000", tlv("10", session), request("01"))), "9000");
		assert.is(card.run("8004002000"), "6982");
		assert.is(card.run(selectApplet).slice(-4), "9000");
		assert.is(card.run("8004002000"), "6982");
		const channel = openChannel(card, variant);
		const again = value(channel.send("8004001B", tlv("41", platformScp))).toString("hex");
		assert.is(
			channel.send("80050000", tlv("10", again) + tlv("41", inner("8004002C", tlv("41", userIdValue)))),
			"9000",
		);
		assert.is(channel.send("80050000", tlv("10", again) + request("02")), "9000");
		card.run(selectApplet);
		assert.is(card.run("8004002000").slice(-4), "9000");
	});
}

sessions("a UserID has 4 to 16 bytes and at most 255 attempts: 6A80; it authenticates: 6985", context => {
	const channel = openChannel(context, se050c);
	for (const [content, attempts] of [
		["313233", "0003"],
		["31".repeat(17), "0003"],
		[userIdValue, "0100"],
	] as const)
		assert.is(channel.send("80410700", tlv("12", attempts) + tlv("41", "10000001") + tlv("42", content)), "6A80");
	assert.is(channel.send("80010700", tlv("41", "10000001") + tlv("42", userIdValue)), "6985");
});

sessions("SetPlatformSCP and DeleteAll are for their users only: 6985", context => {
	assert.is(context.run(command("80040052", tlv("41", "01"))), "6985");
	assert.is(context.run("8004002A"), "6985");
	const session = open(context);
	assert.is(inSession(context, session, "80040052", tlv("41", "01")), "6985");
	assert.is(inSession(context, session, "8004002A"), "6985");
});

sessions("DeleteAll deletes all but what the factory provisioned, its own user and session too", () => {
	const provisioned: SecureObject = {
		type: "binary",
		id: 0x7fff0206,
		origin: "provisioned",
		transient: false,
		data: new Uint8Array(18),
	};
	const card = power(se050c, provisioned, userId(factoryReset));
	assert.is(card.run(command("80010600", tlv("41", "10000001"), tlv("43", "0001"))), "9000");
	assert.is(card.run(command("80810600", tlv("41", "10000002"), tlv("43", "0001"))), "9000");
	const session = open(card, factoryReset);
	assert.is(inSession(card, session, "8004002A"), "9000");
	assert.is(inSession(card, session, "80040020"), "6985");
	assert.equal(
		card.chip.objects.list().map(({ id }) => id),
		[0x7fff0206],
	);
});

sessions("a file at the identifier of the factory reset's user blocks it, as users found", context => {
	assert.is(context.run(command("80010600", tlv("41", factoryReset), tlv("43", "0001"))), "9000");
	assert.is(context.run(create(factoryReset)), "6985");
});

sessions("showing a value takes as long as users measured", context => {
	const session = value(context.run(create())).toString("hex");
	const apdu = command("80050000", tlv("10", session), tlv("41", inner("8004002C", tlv("41", userIdValue))));
	assert.is(context.card.execute(Buffer.from(apdu, "hex")).microseconds, 103_000);
});

sessions.run();
