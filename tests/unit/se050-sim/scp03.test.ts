// SPDX-License-Identifier: MIT
import { createCipheriv } from "node:crypto";
import { cmac } from "@noble/ciphers/aes.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { SimulatedChip } from "../../../tools/se050-sim/applet/commands/command.js";
import { ObjectStore } from "../../../tools/se050-sim/applet/objects.js";
import { Card } from "../../../tools/se050-sim/card/card.js";
import { defaultKeys } from "../../../tools/se050-sim/card/scp03/default-keys.js";
import { cardCryptogram, deriveSessionKeys } from "../../../tools/se050-sim/card/scp03/derivation.js";
import { ecKeyOf } from "../../../tools/se050-sim/crypto/ecdsa.js";
import { repeatableRandom } from "../../../tools/se050-sim/crypto/random.js";
import { factoryPlatform, se050c } from "../../../tools/se050-sim/factory/variants.js";
import { bytes } from "./host.js";
import { type HostKeys, Scp03Host } from "./scp03-host.js";

const selectApplet = "00A4040010A000000396545300000001030000000000";
const selectDomain = "00A404000BD276000085304A434F900300";
const uid = "0400500194B58D02EAB29B046AA26A701B90";
const readUid = "41047FFF020643020012";

const c1: HostKeys = {
	enc: "852B5962E9CCE5D0BE746B833BCC6287",
	mac: "DB0AA319A408696C8E107AB4E3C26B47",
	dek: "4C2F75C6A278A4AEE5C9AF7C50EEA80C",
};
const e2: HostKeys = {
	enc: "D2DB63E7A0A5AED72A6460C4DFDCAF64",
	mac: "738D5B798ED241B0B24768514BFBA95B",
	dek: "6702DAC30942B2C85E7F47B42CED4E7F",
};

interface Context {
	chip: SimulatedChip;
	card: Card;
	run(apdu: string): string;
	host: Scp03Host;
}

function power(context: Context, variant: SimulatedChip["variant"], keys: HostKeys): void {
	context.chip = {
		variant,
		latency: variant.latency,
		objects: new ObjectStore([
			{ type: "binary", id: 0x7fff0206, origin: "provisioned", transient: false, data: new Uint8Array(bytes(uid)) },
			{
				type: "ec-key-pair",
				id: 0xf0000100,
				origin: "provisioned",
				transient: false,
				...ecKeyOf("P-256", new Uint8Array(32).fill(1))!,
			},
		]),
		platform: factoryPlatform(variant),
		keep: () => {},
		random: repeatableRandom("scp03"),
		tlvLength: "long",
		boots: 1,
		uptime: () => 0,
	};
	context.card = new Card(context.chip, { selected: "applet", channel: undefined }, () => {});
	context.run = apdu =>
		Buffer.from(context.card.execute(bytes(apdu)).response)
			.toString("hex")
			.toUpperCase();
	context.host = new Scp03Host(context.run, keys, variant.counterRule === "every command");
}

const scp = suite<Context>("platform SCP03");
scp.before.each(context => power(context, se050c, c1));

/** What tells an applet 7.x from 3.x on this page. */
const se050e = { ...se050c, oef: 0xa921, version: bytes("0702003F9FFFFF"), counterRule: "every command" } as const;

scp("the CMAC is that of RFC 4493, examples 1 to 4", () => {
	const key = bytes("2b7e151628aed2a6abf7158809cf4f3c");
	const message = bytes(
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
	);
	const macs = [0, 16, 40, 64].map(length => Buffer.from(cmac(message.subarray(0, length), key)).toString("hex"));
	assert.equal(macs, [
		"bb1d6929e95937287fa37d129b756746",
		"070a16b46b4d4144f79bdd9dd04a287c",
		"dfa66747de9ae63030ca32611497c827",
		"51f0bebf7e3b9d92fc49741779363cfe",
	]);
});

scp("the worked vector of the SE050E2 keys, byte for byte", context => {
	power(context, se050e, e2);
	const { chip, run } = context;
	chip.random = { bytes: () => bytes("A1A2A3A4A5A6A7A8"), repeats: true };
	context.card = new Card(chip, { selected: "applet", channel: undefined }, () => {});
	const update = run("80500B00081112131415161718");
	assert.is(update.slice(20), "0B0300A1A2A3A4A5A6A7A8B1569A0508F0B2859000");
	assert.is(run("84823300103CD708A280F1EA15C17DC479EC3F6019"), "9000");
	assert.is(
		run("84020000000018A864B2C5570DBC1ECFE438ACEA84E4472FCC1F4DA97999B50000"),
		"AC04EE5B0159D23DBB98384A6FA97ECD98C9D90AB6FCC433ABC97FB89B0EA89C8750ACC5B0B9489D9000",
	);
	assert.match(run("84040020086DB96E4BBA761012"), /^[0-9A-F]{48}9000$/);
});

scp("the same command with a short Lc has the MAC of the vector too", context => {
	power(context, se050e, e2);
	const { chip, run } = context;
	chip.random = { bytes: () => bytes("A1A2A3A4A5A6A7A8"), repeats: true };
	context.card = new Card(chip, { selected: "applet", channel: undefined }, () => {});
	run("80500B00081112131415161718");
	run("84823300103CD708A280F1EA15C17DC479EC3F6019");
	assert.is(run("8402000018A864B2C5570DBC1ECFE438ACEA84E447ACD5C27C127698AF00").length, 2 * (32 + 8 + 2));
});

scp("INITIALIZE UPDATE answers 29 bytes: diversification, 0B, 03, 00, challenge and cryptogram", ({ run }) => {
	assert.match(run("80500B0008111213141516171800"), /^900320190738242025020B0300[0-9A-F]{32}9000$/);
});

scp("key version 00 stands for 0B, and 3.x refuses any other with 6A88", ({ run }) => {
	assert.match(run("8050000008111213141516171800"), /^[0-9A-F]{20}0B0300/);
	assert.is(run("8050300008111213141516171800"), "6A88");
});

scp("7.x echoes an unknown key version and fails at EXTERNAL AUTHENTICATE", context => {
	power(context, se050e, e2);
	const { update, authenticate } = context.host.open(undefined, "30");
	assert.match(update, /^[0-9A-F]{20}300300/);
	assert.is(authenticate, "6982");
});

scp("INITIALIZE UPDATE with a challenge of another length is answered 6700", ({ run }) => {
	assert.is(run("80500B00071112131415161700"), "6700");
});

scp("EXTERNAL AUTHENTICATE without INITIALIZE UPDATE is refused, and is not tried twice", ({ run, host }) => {
	assert.is(run("84823300103CD708A280F1EA15C17DC479EC3F6019"), "6985");
	run("80500B0008111213141516171800");
	assert.is(run("84823300103CD708A280F1EA15C17DC479EC3F6019"), "6982");
	assert.is(run("84823300103CD708A280F1EA15C17DC479EC3F6019"), "6985");
	assert.is(host.open().authenticate, "9000");
});

for (const [name, variant, keys] of [
	["3.x", se050c, c1],
	["7.x", se050e, e2],
] as const) {
	scp(`commands with and without data, errors and empty answers follow each other on ${name}`, context => {
		power(context, variant, keys);
		const { host } = context;
		assert.is(host.open().authenticate, "9000");
		const version = `41820007${Buffer.from(variant.version).toString("hex").toUpperCase()}9000`;
		for (let round = 0; round < 3; round++) {
			assert.is(host.send("80040020"), version);
			assert.is(host.send("80020000", readUid, true), `41820012${uid}9000`);
			assert.is(host.send("80020000", "410400000042", true), "6985");
			assert.is(host.send("80040020"), version);
			assert.is(host.send("80040055"), "6A86");
			assert.is(host.send("80010600", "410400000099 43020001 4401AA"), "9000");
			assert.is(host.send("80020000", "410400000099"), "41820001AA9000");
			assert.is(host.send("80040028", "410400000099"), "9000");
		}
	});

	scp(`a host with the other counter rule reads garbage on ${name}, though every MAC is right`, context => {
		power(context, variant, keys);
		const host = new Scp03Host(context.run, keys, variant.counterRule !== "every command");
		assert.is(host.open().authenticate, "9000");
		assert.is.not(host.send("80040020").slice(0, 8), "41820007");
	});
}

scp("an error is a bare status word", ({ host, run }) => {
	host.open();
	assert.is(run(host.protect("80020000", "410400000042", true)), "6985");
});

scp("a wrong MAC is answered 6982 and ends the channel", ({ host, run }) => {
	host.open();
	const protectedCommand = host.protect("80020000", readUid, true);
	const command = protectedCommand.replace(
		/(.)(0000)$/,
		(_, digit: string, le: string) => `${digit === "0" ? "1" : "0"}${le}`,
	);
	assert.is(run(command), "6982");
	assert.is(host.send("80040020"), "6982");
});

scp("a protected command without a MAC is answered 6987 and ends the channel", ({ host, run }) => {
	host.open();
	assert.is(run("840400200411223344"), "6987");
	assert.is(host.send("80040020"), "6982");
});

scp("a command replayed is refused", ({ host, run }) => {
	host.open();
	const command = host.protect("80020000", readUid, true);
	assert.is(run(command).slice(-4), "9000");
	assert.is(run(command), "6982");
});

for (const [what, end] of [
	["SELECT", ({ run }) => run(selectApplet)],
	[
		"a soft reset",
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
	["a command in the clear", ({ run }) => run("80040020")],
	["INITIALIZE UPDATE", ({ run }) => run("80500B0008111213141516171800")],
] as [string, (context: Context) => void][])
	scp(`${what} ends the channel`, context => {
		context.host.open();
		assert.is(context.host.send("80040020").slice(-4), "9000");
		end(context);
		assert.is(context.host.send("80040020"), "6982");
		assert.is(context.host.open().authenticate, "9000");
	});

scp("while a channel is open, a command in the clear is refused", ({ host, run }) => {
	host.open();
	assert.is(run("80040020"), "6982");
});

scp("where SCP03 is mandatory, nothing of the applet works in the clear", context => {
	power(context, { ...se050c, scp03Required: true }, c1);
	const { host, run } = context;
	assert.is(run(selectApplet).slice(-4), "9000");
	for (const command of ["80040020", "80020000 06 41047FFF0206 00", "80040049 04 41020010"])
		assert.is(run(command), "6982");
	assert.is(host.open().authenticate, "9000");
	assert.is(host.send("80020000", readUid), `41820012${uid}9000`);
});

scp("an answer too long for a short Le is 6985, and the channel goes on", ({ host }) => {
	host.open();
	assert.is(host.send("80040049", "41020100"), "6985");
	assert.is(host.send("80040049", "41020100", true).length, 2 * (4 + 256 + 2));
});

/** The data field of PUT KEY for three keys under the DEK. */
function putKeyData(dek: string, keys: HostKeys): string {
	const ecb = (key: Buffer, block: Buffer): string =>
		createCipheriv("aes-128-ecb", key, null).setAutoPadding(false).update(block).toString("hex");
	const field = (key: string): string =>
		`881110${ecb(bytes(dek), bytes(key))}03${ecb(bytes(key), Buffer.alloc(16, 1)).slice(0, 6)}`;
	return `0B${field(keys.enc)}${field(keys.mac)}${field(keys.dek)}`;
}

scp("PUT KEY replaces the keys, answers their check values, and the old ones are worth nothing", context => {
	const { run, host, chip } = context;
	const kept: string[] = [];
	chip.keep = () => kept.push(Buffer.from(chip.platform.keys.enc).toString("hex").toUpperCase());
	assert.is(run(selectDomain), "9000");
	assert.is(host.open().authenticate, "9000");
	assert.is(host.send("80D80B81", putKeyData(c1.dek, e2)), "0B74FBDF8B5E16B584F59000");
	assert.equal(kept, [e2.enc]);
	run(selectApplet);
	assert.is(host.open().authenticate, "6982");
	assert.is(new Scp03Host(run, e2, false).open().authenticate, "9000");
});

scp(
	"the next keys of a channel are encrypted under the key that was its own, as NXP's tool for rotation does it",
	({ run, host }) => {
		run(selectDomain);
		host.open();
		assert.is(host.send("80D80B81", putKeyData(c1.dek, e2)).slice(-4), "9000");
		assert.is(host.send("80D80B81", putKeyData(e2.dek, c1)), "6A80");
		assert.is(host.send("80D80B81", putKeyData(c1.dek, c1)).slice(-4), "9000");
		assert.is(host.open().authenticate, "9000");
	},
);

scp("PUT KEY is refused outside a channel, with another's DEK, and by the applet", ({ run, host }) => {
	run(selectDomain);
	assert.is(run(`80D80B8146${putKeyData(c1.dek, e2)}`), "6982");
	host.open();
	assert.is(host.send("80D80B81", putKeyData(e2.dek, e2)), "6A80");
	run(selectApplet);
	host.open();
	assert.is(host.send("80D80B81", putKeyData(c1.dek, e2)), "6D00");
});

scp("the keys of each configuration are three different ones, and no two share any", () => {
	const all = [...defaultKeys.values()].flatMap(({ enc, mac, dek }) =>
		[enc, mac, dek].map(key => Buffer.from(key).toString("hex")),
	);
	assert.is(new Set(all).size, all.length);
	assert.ok(all.every(key => key.length === 32));
});

scp("the session keys and cryptogram of a published capture of an SE050E", () => {
	// NXP community, m-p/2114523: both challenges and what followed, with the public default keys of SE050E2.
	const context = bytes("1122334455667788 05437D4E3C213D20");
	const keys = deriveSessionKeys(defaultKeys.get(0xa921)!, context);
	const digits = (part: Uint8Array) => Buffer.from(part).toString("hex").toUpperCase();
	assert.is(digits(keys.enc), "012C3FCDB34F6CFF7E344D075BD048CB");
	assert.is(digits(keys.mac), "5CAE32DEA3A3615E2AAE308D742277E0");
	assert.is(digits(cardCryptogram(keys, context)), "C4D889C1270264C4");
});

scp.run();
