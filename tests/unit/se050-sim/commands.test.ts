// SPDX-License-Identifier: MIT
import { createECDH, createHash, createPublicKey, verify, X509Certificate } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { commandName } from "../../../tools/lib/chip-bus/command-name.js";
import { commandTable } from "../../../tools/se050-sim/applet/commands/table.js";
import { se050c, variantTable } from "../../../tools/se050-sim/factory/variants.js";
import { abc, command, factoryObjects, hex, selectApplet, type TestCard, testCard, tlv, value } from "./card.js";
import { bytes } from "./host.js";

const objects = await factoryObjects(se050c);

const applet = suite<TestCard>("applet");
applet.before.each(context => void Object.assign(context, testCard(se050c, objects)));

const readFile = (id: string): string => `80020000 000006 4104${id} 0000`;

applet("SELECT answers version 3.1.1, configuration 6FFF and secure box 010B without a TLV", ({ run }) => {
	assert.is(run(selectApplet), "0301016FFF010B9000");
});

applet("SELECT without Le is taken", ({ run }) => {
	assert.is(run("00A4040010A0000003965453000000010300000000"), "0301016FFF010B9000");
});

applet(
	"SELECT of the beginning of a name finds the applet; less than a provider's identifier finds nothing",
	({ run }) => {
		for (const part of ["A000000396", "A0000003965453", "A000000396545300000001030000"])
			assert.is(run(`00A40400 ${(part.length / 2).toString(16).padStart(2, "0")} ${part} 00`), "0301016FFF010B9000");
		assert.match(run("00A40400 05 A000000151 00"), /^6F/);
		assert.is(run("00A40400 04 A0000003 00"), "6A82");
		assert.is(run("00A40400 05 A000000397 00"), "6A82");
	},
);

applet("the list of crypto objects, which NXP's hosts ask for when they open a session, is empty", ({ run }) => {
	assert.is(run("80021025"), "41009000");
	assert.is(run("8002102500"), "41009000");
	assert.is(run("800210250000"), "41009000");
});

applet("SELECT of another name is answered 6A82 and leaves the applet selected", ({ run }) => {
	assert.is(run("00A4040010A000000396545300000001033000000000"), "6A82");
	assert.is(run("8004002000"), "41070301016FFF010B9000");
});

applet("before SELECT no command of the applet is known", ({ run, card }) => {
	card.deselect();
	assert.is(run("8004002000"), "6D00");
	assert.is(run("0004002000"), "6E00");
	assert.is(run(selectApplet), "0301016FFF010B9000");
});

applet("IDENTIFY is answered before SELECT, with the OEF in bytes 2 and 3 of the configuration", ({ run, card }) => {
	card.deselect();
	const answer = run("80CA00FE02DF2800");
	assert.match(answer, /^FE..DF28..010C0100A200/);
	assert.match(answer, /05010007010008082E5AD88409C9BADB9000$/);
	assert.is(answer.slice(0, 10), "FE45DF2842");
	assert.is(parseInt(answer.slice(2, 4), 16), answer.length / 2 - 4);
});

applet(
	"the card manager is selected by no name or its own, knows IDENTIFY and CPLC, and the applet is selected no more",
	({ run }) => {
		for (const select of ["00A4040000", "00A4040008A00000015100000000"]) {
			assert.is(run(selectApplet).slice(-4), "9000");
			assert.is(run(select), "6F108408A000000151000000A5049F6501FF9000");
			assert.is(run("80CA00FE02DF2800").slice(-4), "9000");
			assert.match(run("80CA9F7F00"), /^9F7F2A4790D321[0-9A-F]{76}9000$/);
			assert.is(run("8004002000"), "6D00");
		}
		assert.is(run("80CA006600"), "6A86");
	},
);

applet("IDENTIFY is unknown to the applet", ({ run }) => {
	assert.is(run("80CA00FE02DF2800"), "6D00");
});

applet("NXP's form of GetVersion with one more zero is taken", ({ run }) => {
	assert.is(run("800400200000"), "41070301016FFF010B9000");
});

applet("GetVersion with an exact Le is answered by 3.x, and 6700 by 7.x, as on parts", ({ run }) => {
	assert.is(run("800400200B"), "41070301016FFF010B9000");
	assert.is(testCard(variantTable.get("SE050E2")!, []).run("800400200B"), "6700");
});

applet("GetVersionExt answers 37 bytes that start with the version", ({ run }) => {
	assert.match(run("80040021"), /^41250301016FFF010B(00){30}9000$/);
});

applet("an unknown class, instruction, P1 or P2 has its own status word", ({ run }) => {
	assert.is(run("90040020"), "6E00");
	assert.is(run("84040020"), "6982");
	assert.is(run("80070020"), "6D00");
	assert.is(run("80050001"), "6D00");
	assert.is(run("80040055"), "6A86");
	assert.is(run("80040120"), "6A86");
});

applet("flags of the instruction that a command does not take are answered 6985", ({ run }) => {
	assert.is(run("80240027064104F0000101"), "6985");
	assert.is(run("80410600064104F0000101"), "6985");
});

applet("a command longer than the buffer of 892 bytes is answered 6700", ({ run }) => {
	assert.is(run(`80040049 000376 41820372${"00".repeat(0x372)}`), "6700");
});

applet("the UID is read whole and by offset and length, in NXP's and in short form", ({ run }) => {
	const uid = run(readFile("7FFF0206"));
	assert.match(uid, /^4112040050010{0}[0-9A-F]{14}04[0-9A-F]{10}(90|80)9000$/);
	assert.is(run("80020000 00000A 41047FFF0206 43020012 0000"), uid);
	assert.is(run("80020000 06 41047FFF0206 00"), uid);
	assert.is(run("80020000 0E 41047FFF0206 42020000 43020012 00"), uid);
	assert.is(value(run("80020000 0E 41047FFF0206 4202000B 43020001 00")).toString("hex"), "04");
});

applet("byte strings have lengths of the form 82 hi lo by option, single values never", ({ run, chip }) => {
	chip.tlvLength = "long";
	assert.match(run(readFile("7FFF0206")), /^41820012/);
	assert.is(run("80020007064104F0000100"), "410200209000");
});

applet("a read beyond the end of a file is answered 6985 and never cut short", ({ run }) => {
	assert.is(run("80020000 0E 41047FFF0206 42020000 43020013 00"), "6985");
	assert.is(run("80020000 0E 41047FFF0206 42020012 43020001 00"), "6985");
	assert.is(run("80020000 0A 41047FFF0206 42020012 00"), "6985");
	assert.is(run("80020000 0E 41047FFF0206 42020001 43020000 00"), "6985");
});

applet("the certificate's file is a certificate and six zero bytes", ({ run }) => {
	const file = value(run(readFile("F0000101")));
	assert.equal(file.subarray(-6), Buffer.alloc(6));
	const der = file.subarray(0, -6);
	assert.is(der.readUInt16BE(2) + 4, der.length);
	assert.ok(new X509Certificate(der));
});

applet("a certificate read in two parts is the one read whole", ({ run }) => {
	const whole = value(run(readFile("F0000101")));
	const rest = hex(whole.length - 500, 4);
	const first = value(run("80020000 00000A 4104F0000101 430201F4 0000"));
	const second = value(run(`80020000 00000E 4104F0000101 420201F4 4302${rest} 0000`));
	assert.equal(Buffer.concat([first, second]), whole);
});

applet("an answer of more than 256 bytes needs an extended length", ({ run }) => {
	assert.is(run("80020000 06 4104F0000101 00"), "6985");
	assert.is(run("80020000 0A 4104F0000101 43020080 00").length, (3 + 128 + 2) * 2);
});

applet("ReadSize answers a file's length, and 32 for a P-256 key", ({ run }) => {
	const size = value(run(readFile("F0000101"))).length;
	assert.is(run("80020007 06 4104F0000101"), `4102${hex(size, 4).toUpperCase()}9000`);
	assert.is(run("80020007 06 4104F0000100"), "410200209000");
});

applet("ReadType answers type and persistence", ({ run }) => {
	assert.is(run("80020026 06 4104F0000101"), "41010B4201019000");
	assert.is(run("80020026 06 4104F0000100"), "4101014201019000");
});

applet("ReadIDList answers what the factory provisioned, and that there is no more", ({ run }) => {
	const all =
		"7FFF0206 F0000000 F0000001 F0000012 F0000013 F0000100 F0000101 F0000102 F0000103 F0000110 F0000111".replaceAll(
			" ",
			"",
		);
	assert.is(run("80020025 000007 41020000 4201FF 0000"), `410101422C${all}9000`);
	assert.is(run("80020025 000007 41020024 4201FF 0000"), "4101014208F0000110F00001119000");
	assert.is(run("80020025 000007 41020000 420101 0000"), "4101014210F0000000F0000012F0000100F00001029000");
});

applet("reading a key pair answers the public key that its certificate certifies, never the private one", ({ run }) => {
	const point = value(run(readFile("F0000100")));
	assert.is(point.length, 65);
	assert.is(point[0], 4);
	const certificate = new X509Certificate(value(run(readFile("F0000101"))).subarray(0, -6));
	assert.equal(certificate.publicKey.export({ format: "der", type: "spki" }).subarray(-65), point);
	assert.is(run("80020000 0A 4104F0000100 43020020 00"), "6985");
});

applet("what does not exist is answered 6985, and CheckObjectExists tells", ({ run }) => {
	for (const command of ["80020000", "80020007", "80020026", "80040028"])
		assert.is(run(`${command} 06 410400000042`), "6985");
	assert.is(run("80040027 06 410400000042"), "4101029000");
	assert.is(run("80040027 06 4104F0000100"), "4101019000");
});

applet("malformed and missing TLVs are answered 6A80", ({ run }) => {
	assert.is(run("80020000 00"), "6A80");
	assert.is(run("80020000 05 4103F00001"), "6A80");
	assert.is(run("80020000 06 4105F0000101"), "6A80");
	assert.is(run("80020000 09 4104F0000101 460100"), "6A80");
});

applet("GetRandom answers 1 to 880 bytes, and 6985 for 0 and 881", ({ run }) => {
	assert.is(value(run("80040049 000004 41020001 0000")).length, 1);
	assert.is(value(run("80040049 000004 41020370 0000")).length, 880);
	assert.is(run("80040049 000004 41020000 0000"), "6985");
	assert.is(run("80040049 000004 41020371 0000"), "6985");
	assert.not.equal(run("80040049 04 41020010"), run("80040049 04 41020010"));
});

applet("GetFreeMemory answers the figures of an SE050C in two bytes", ({ run }) => {
	assert.is(run("80040022 03 410101"), `4102${hex(31304, 4).toUpperCase()}9000`);
	assert.is(run("80040022 03 410102"), "4102023F9000");
	assert.is(run("80040022 03 410103"), "410202309000");
	assert.is(run("80040022 03 410104"), "6A80");
});

applet("GetTimestamp answers 12 bytes", ({ run }) => {
	assert.is(run("8004003D"), "410C0000000300000000000013889000");
});

applet("ECDSASign signs a digest so that the certificate's key verifies it", ({ run }) => {
	const signature = value(run(`80030C09 2B 4104F0000100 420121 4320${abc}`));
	const certificate = new X509Certificate(value(run(readFile("F0000101"))).subarray(0, -6));
	assert.ok(verify("sha256", Buffer.from("abc"), certificate.publicKey, signature));
});

for (const [algorithm, code] of [
	["sha1", "11"],
	["sha224", "25"],
	["sha256", "21"],
	["sha384", "22"],
	["sha512", "26"],
] as const)
	applet(`ECDSASign with ${code} takes a ${algorithm} digest and no other length`, ({ run }) => {
		const digest = createHash(algorithm).update("abc").digest("hex");
		const sign = (data: string): string => {
			const tlvs = `4104F0000012 4201${code} 43${hex(data.length / 2, 2)}${data}`.replaceAll(" ", "");
			return run(`80030C09 ${hex(tlvs.length / 2, 2)} ${tlvs}`);
		};
		const key = createPublicKey({
			key: Buffer.concat([
				bytes("3059301306072A8648CE3D020106082A8648CE3D030107034200"),
				value(run(readFile("F0000012"))),
			]),
			format: "der",
			type: "spki",
		});
		assert.ok(verify(algorithm, Buffer.from("abc"), key, value(sign(digest))));
		assert.is(sign(digest.slice(2)), "6A80");
		assert.is(sign(`${digest}00`), "6A80");
	});

applet("ECDSASign with a file or an unknown algorithm is refused", ({ run }) => {
	assert.is(run(`80030C09 2B 4104F0000101 420121 4320${abc}`), "6985");
	assert.is(run(`80030C09 2B 4104F0000100 4201A3 4320${abc}`), "6A80");
	assert.is(run(`80030C09 2B 410400000042 420121 4320${abc}`), "6985");
});

applet("ECDSAVerify tells a signature from another", ({ run }) => {
	const signature = value(run(`80030C09 2B 4104F0000100 420121 4320${abc}`)).toString("hex");
	const check = (key: string): string => {
		const tlvs = `4104${key} 420121 4320${abc} 45${hex(signature.length / 2, 2)}${signature}`.replaceAll(" ", "");
		return run(`80030C0A ${hex(tlvs.length / 2, 2)} ${tlvs}`);
	};
	assert.is(check("F0000100"), "4101019000");
	assert.is(check("F0000012"), "4101029000");
});

applet("what the factory provisioned can be neither deleted nor written: 6986", ({ run }) => {
	assert.is(run("80040028 06 4104F0000100"), "6986");
	assert.is(run("80040028 06 41047FFF0206"), "6986");
	assert.is(run("80010600 09 4104F0000101 440100"), "6986");
	assert.is(run("80016100 09 4104F0000100 420103"), "6986");
});

applet("nobody creates objects in the applet's own range", ({ run }) => {
	assert.is(run("80010600 0D 41047FFF0300 43020001 440100"), "6985");
	assert.is(run("80016100 09 410400000000 420103"), "6985");
});

applet("a file is created with its size, written within it, read, and deleted", ({ run }) => {
	assert.is(run("80010600 0E 410410000001 43020004 4402AABB"), "9000");
	assert.is(run("80010600 0E 410410000001 42020002 4402CCDD"), "9000");
	assert.is(run("80020000 06 410410000001 00"), "4104AABBCCDD9000");
	assert.is(run("80010600 0E 410410000001 42020003 4402CCDD"), "6A80");
	assert.is(run("80010600 0E 410410000001 43020004 4402CCDD"), "6985");
	assert.is(run("80040028 06 410410000001"), "9000");
	assert.is(run("80020000 06 410410000001 00"), "6985");
});

applet("a file needs a size to be created", ({ run }) => {
	assert.is(run("80010600 0A 410410000001 4402CCDD"), "6985");
	assert.is(run("80010600 0A 410410000001 43020000"), "6A80");
});

applet("memory that is not there is answered 6A84, and what is written counts", ({ run }) => {
	assert.is(run("80010600 0A 410410000001 43027FFF"), "6A84");
	assert.is(run("80010600 0A 410410000001 43027000"), "9000");
	assert.is(run("80010600 0A 410410000002 43021000"), "6A84");
	assert.ok(parseInt(run("80040022 03 410101").slice(4, 8), 16) < 31304 - 0x7000);
});

applet("a generated key signs, is generated again, and can be deleted", ({ run }) => {
	assert.is(run("80016100 09 410410000002 420103"), "9000");
	const first = run("80020000 06 410410000002 00");
	assert.is(value(run(`80030C09 2B 410410000002 420121 4320${abc}`))[0], 0x30);
	assert.is(run("80016100 06 410410000002"), "9000");
	assert.is.not(run("80020000 06 410410000002 00"), first);
	assert.is(run("80040028 06 410410000002"), "9000");
});

const policy = (...entries: string[]): string => `11${hex(entries.join("").length / 2, 2)}${entries.join("")}`;

const pair = {
	private: `${"00".repeat(31)}01`,
	public:
		"046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5",
};

applet("a key pair is brought, signs, is replaced, and tells that it came from outside", context => {
	const { run, chip } = context;
	assert.is(
		run(command("80016100", tlv("41", "10000002"), tlv("42", "03"), tlv("43", pair.private), tlv("44", pair.public))),
		"9000",
	);
	assert.is(value(run("80020000 06 410410000002 00")).toString("hex").toUpperCase(), pair.public);
	assert.is(value(run(`80030C09 2B 410410000002 420121 4320${abc}`))[0], 0x30);
	assert.is(chip.objects.find(0x10000002)?.origin, "external");
	assert.is(run("80016100 06 410410000002"), "9000");
	assert.is(chip.objects.find(0x10000002)?.origin, "internal");
});

applet("half a key pair is answered 6985, and one that is none 6A80", ({ run }) => {
	const bring = (...tlvs: string[]): string =>
		run(command("80016100", tlv("41", "10000002"), tlv("42", "03"), ...tlvs));
	assert.is(bring(tlv("43", pair.private)), "6985");
	assert.is(bring(tlv("44", pair.public)), "6985");
	assert.is(bring(tlv("43", "00".repeat(32)), tlv("44", pair.public)), "6A80");
	assert.is(bring(tlv("43", `${"00".repeat(31)}02`), tlv("44", pair.public)), "6A80");
});

applet("a public key is brought, verifies and is read; it neither signs nor agrees on keys", ({ run }) => {
	const signature = value(run(`80030C09 2B 4104F0000100 420121 4320${abc}`)).toString("hex");
	const point = value(run(readFile("F0000100")))
		.toString("hex")
		.toUpperCase();
	const check = (): string =>
		run(command("80030C0A", tlv("41", "10000002"), tlv("42", "21"), tlv("43", abc), tlv("45", signature)));
	assert.is(run(command("80012100", tlv("41", "10000002"), tlv("42", "03"), tlv("44", point))), "9000");
	assert.is(check(), "4101019000");
	assert.is(run("80020026 06 410410000002"), "4101034201019000");
	assert.is(run("80020007 06 410410000002"), "410200209000");
	assert.is(run(`80030C09 2B 410410000002 420121 4320${abc}`), "6985");
	assert.is(run(command("8003010F", tlv("41", "10000002"), tlv("42", pair.public))), "6985");
	assert.is(run(command("80012100", tlv("41", "10000002"), tlv("44", pair.public))), "9000");
	assert.is(check(), "4101029000");
	assert.is(run("80016100 09 410410000002 420103"), "6985");
	assert.is(
		run(command("80012100", tlv("41", "10000003"), tlv("42", "03"), tlv("44", `04${"11".repeat(64)}`))),
		"6A80",
	);
});

applet("what is written to an object changes neither its policy nor whether it is transient", ({ run }) => {
	assert.is(run(`80810600 15 ${policy("080000000000300000")} 410410000001 43020001`), "9000");
	assert.is(run("80010600 0D 410410000001 42020000 4401AA"), "9000");
	assert.is(run("80020026 06 410410000001"), "41010B4201029000");
	assert.is(run("80040028 06 410410000001"), "6986");
});

applet("P-256 is the one curve that is set, and a key's curve is reported", ({ run }) => {
	assert.is(run("80020B25000000"), `4111010102${"01".repeat(14)}9000`);
	assert.is(run("80020B36 06 4104F0000100"), "4101039000");
	assert.is(run("80020B36 06 4104F0000110"), "6985");
});

applet("a key on a curve that is not there is answered 6985", ({ run }) => {
	assert.is(run("80016100 09 410410000002 420104"), "6985");
	assert.is(run("80016100 06 410410000002"), "6985");
});

applet("a transient object is lost when the chip starts again, a persistent one is not", ({ run, card }) => {
	assert.is(run("80816100 09 410410000002 420103"), "9000");
	assert.is(run("80010600 0D 410410000001 43020001 4401AA"), "9000");
	assert.is(run("80020026 06 410410000002"), "4101014201029000");
	card.restart();
	run(selectApplet);
	assert.is(run("80040027 06 410410000002"), "4101029000");
	assert.is(run("80040027 06 410410000001"), "4101019000");
});

applet("a transient object takes no persistent memory", ({ run }) => {
	const before = run("80040022 03 410101");
	assert.is(run("80810600 0A 410410000001 43020100"), "9000");
	assert.is(run("80040022 03 410101"), before);
	assert.is(run("80810600 0A 410410000002 43021000"), "6A84");
});

applet("signing takes 48 ms, as measured on an SE050C", ({ card }) => {
	assert.is(card.execute(bytes(`80030C092B4104F00001004201214320${abc}`)).microseconds, 48_000);
});

applet("an RSA key pair tells its modulus and exponent by component, and nothing else", ({ run }) => {
	const modulus = value(run("80020000 000009 4104F0000110 440100 0000"));
	const exponent = value(run("80020000 000009 4104F0000110 440101 0000"));
	const certificate = new X509Certificate(value(run("80020000 000006 4104F0000111 0000")).subarray(0, -6));
	const { n, e } = certificate.publicKey.export({ format: "jwk" });
	assert.is(modulus.toString("base64url"), n);
	assert.is(exponent.toString("base64url"), e);
	assert.is(run("80020000 06 4104F0000110"), "6985");
	assert.is(run("80020026 06 4104F0000110"), "4101054201019000");
	assert.is(run("80020007 06 4104F0000110"), "410201009000");
});

applet("ECDH answers the x coordinate that the peer computes too", ({ run }) => {
	const peer = createECDH("prime256v1");
	peer.generateKeys();
	const secret = value(run(`8003010F 49 4104F0000100 4241${peer.getPublicKey("hex")}`));
	assert.equal(secret, peer.computeSecret(value(run(readFile("F0000100")))));
	assert.is(run(`8003010F 49 4104F0000100 424104${"11".repeat(64)}`), "6A80");
});

applet("a policy gives the rights it names and no others", ({ run }) => {
	assert.is(run(`80016100 14 ${policy("080000000004200000")} 410410000002 420103`), "9000");
	assert.is(value(run("80020000 06 410410000002 00")).length, 65);
	assert.is(run(`80030C09 2B 410410000002 420121 4320${abc}`), "6986");
	assert.is(run("80016100 06 410410000002"), "6986");
	assert.is(run("80040028 06 410410000002"), "6986");
	const peer = createECDH("prime256v1");
	assert.is(value(run(`8003010F 49 410410000002 4241${peer.generateKeys("hex")}`)).length, 32);
});

applet("a policy for an authenticated user gives nothing without a session", ({ run }) => {
	assert.is(run(`80016100 14 ${policy("087DA0000110240000")} 410410000003 420103`), "9000");
	assert.is(run(`80030C09 2B 410410000003 420121 4320${abc}`), "6986");
});

applet("a policy that demands secure messaging is 6982 in the clear", ({ run }) => {
	assert.is(run(`80016100 14 ${policy("080000000010260000")} 410410000004 420103`), "9000");
	assert.is(run(`80030C09 2B 410410000004 420121 4320${abc}`), "6982");
});

applet("a malformed policy is answered 6984", ({ run }) => {
	assert.is(run("80016100 0D 1102 0700 410410000002 420103"), "6984");
});

applet("every command of the applet has a name in traces, whatever its flags", () => {
	for (const { ins, p1, p2, flags = 0 } of commandTable) {
		const name = commandName(Uint8Array.of(0x80, ins, p1, p2));
		assert.is.not(name, "unknown command", `${ins} ${p1} ${p2}`);
		assert.is(commandName(Uint8Array.of(0x84, ins | flags, p1, p2)), name);
	}
	assert.is(commandName(Uint8Array.of(0x00, 0xa4, 0x04, 0x00)), "SELECT");
	assert.is(commandName(Uint8Array.of(0x80, 0x04, 0x00, 0x99)), "unknown command");
});

applet.run();
