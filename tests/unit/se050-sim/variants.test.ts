// SPDX-License-Identifier: MIT
import { constants, verify, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { se050c, variantTable } from "../../../tools/se050-sim/factory/variants.js";
import { startSimulator, UserError } from "../../../tools/se050-sim/simulator.js";
import { command, factoryObjects, hex, testCard, tlv, value } from "./card.js";
import { bytes, Host, Terminal } from "./host.js";

const selectApplet = "00A4040010A000000396545300000001030000000000";

const variants = suite<{ folder: string }>("variants");
variants.before(context => {
	context.folder = mkdtempSync(join(tmpdir(), "se050-variants-"));
});
variants.after(({ folder }) => rmSync(folder, { recursive: true }));

/** Answers of a new chip: ATR, IDENTIFY, SELECT, then whatever is asked. */
async function ask(folder: string, variant: string, apdus: readonly string[]): Promise<string[]> {
	const chip = await startSimulator({
		stateFile: join(folder, `${variant}.json`),
		variant,
		listen: { path: join(folder, "s") },
		clock: "virtual",
		latency: "instant",
		tlvLength: "short",
	});
	const host = await Host.connect(chip.address);
	const terminal = new Terminal(host);
	const answers = [(await host.exchange(bytes("5ACF00377F"))).toString("hex").toUpperCase()];
	for (const apdu of ["80CA00FE02DF2800", selectApplet, ...apdus]) answers.push(await terminal.transceive(apdu));
	await host.close();
	await chip.close();
	return answers;
}

for (const [variant, oef, version, memory, types] of [
	["SE050A1", "A204", "0301016F93010B", "7A48", "01"],
	["SE050B1", "A202", "0301016FF0010B", "7A48", "05"],
	["SE050C2", "A201", "0301016FFF010B", "7A48", "01"],
	["SE050D2", "A43B", "0301016FFF010B", "7A48", "01"],
	["SE050E2", "A921", "0702003F9FFFFF", "7FFF", "29"],
	["SE051C2", "A8FA", "0702003FFFFFFF", "5208", "29"],
] as const)
	variants(`${variant}: OEF, version, memory and key types`, async ({ folder }) => {
		const key = variant === "SE050B1" ? "F0000110" : "F0000100";
		const [atr, identity, selected, free, type] = await ask(folder, variant, [
			"8004002203410101",
			`80020026064104${key}`,
		]);
		assert.match(atr!, version.startsWith("07") ? /6553453035310...$|655345303531....$/ : /4A434F5034204154504F....$/);
		assert.match(identity!, new RegExp(`010C0100${oef}`));
		assert.is(selected, `${version}9000`);
		assert.is(free, `4102${memory}9000`);
		assert.is(type!.slice(0, 6), `4101${types}`);
	});

variants("an SE050F2 is in FIPS mode and speaks nothing in the clear", async ({ folder }) => {
	const [, identity, selected, version] = await ask(folder, "SE050F2", ["80040020"]);
	assert.match(identity!, /050101/);
	assert.is(selected, "03060061D2010B9000");
	assert.is(version, "6982");
});

variants("an SE050B has no elliptic curves and an SE050E no RSA key", async ({ folder }) => {
	assert.is((await ask(folder, "SE050B2", ["80016100 09 410410000002 420103"]))[3], "6985");
	assert.is((await ask(folder, "SE050E2", ["80040027 06 4104F0000110"]))[3], "4101029000");
});

variants("applets 7.x take commands of 1024 bytes and give up to 1018 at once, 3.x 892 and 880", () => {
	for (const [name, longestCommand, longestValue] of [
		["SE050C1", 892, 880],
		["SE050F2", 892, 880],
		["SE050E2", 1024, 1018],
		["SE051C2", 1024, 1018],
	] as const) {
		const { chip, run } = testCard(variantTable.get(name)!, []);
		chip.platform.scp03Required = false;
		const random = (length: number): string => run(command("80040049", tlv("41", hex(length, 4))));
		assert.is(value(random(longestValue)).length, longestValue);
		assert.is(random(longestValue + 1), "6985");
		const write = (length: number): string => {
			const overhead = 4 + 3 + 6 + 4 + 4 + 2; // header, Lc, identifier, size, tag and length, Le
			return run(
				command("80010600", tlv("41", "10000001"), tlv("43", "0500"), tlv("44", "00".repeat(length - overhead))),
			).slice(-4);
		};
		assert.is(write(longestCommand + 1), "6700");
		assert.is(write(longestCommand), "9000");
	}
});

variants(
	"a chip has all RSA pairs of its variant on request, and those of 4096 bits sign in their own length",
	async () => {
		const card = testCard(se050c, await factoryObjects(se050c, true));
		const sign = (key: string): Buffer =>
			value(card.run(command("80030C09", tlv("41", key), tlv("42", "2C"), tlv("43", "616263"))));
		const read = (file: string, offset: number, length: number): Buffer =>
			value(card.run(command("80020000", tlv("41", file), tlv("42", hex(offset, 4)), tlv("43", hex(length, 4)))));
		for (const [key, file, bits] of [
			["F0000112", "F0000113", 2048],
			["F0000120", "F0000121", 4096],
			["F0000122", "F0000123", 4096],
		] as const) {
			const size = value(card.run(command("80020007", tlv("41", file)))).readUInt16BE();
			const certificate = new X509Certificate(
				Buffer.concat([read(file, 0, 500), read(file, 500, size - 500)]).subarray(0, -6),
			);
			assert.is(certificate.publicKey.asymmetricKeyDetails?.modulusLength, bits);
			const pss = { key: certificate.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
			assert.ok(verify("sha256", Buffer.from("abc"), pss, sign(key)));
		}
		const { microseconds } = card.card.execute(
			bytes(command("80030C09", tlv("41", "F0000120"), tlv("42", "28"), tlv("43", "616263"))),
		);
		assert.is(microseconds, 8 * se050c.latency.rsa);
	},
);

variants("a chip keeps its variant, and another is refused in a sentence", async ({ folder }) => {
	await ask(folder, "SE050C1", []);
	const again = startSimulator({
		stateFile: join(folder, "SE050C1.json"),
		variant: "SE050E2",
		listen: { path: join(folder, "s") },
		clock: "virtual",
	});
	await again.then(
		() => assert.unreachable(),
		(error: unknown) => {
			assert.instance(error, UserError);
			assert.match((error as Error).message, /is an SE050C1, not an SE050E2/);
		},
	);
});

variants("an unknown variant is refused in a sentence that names the known ones", async ({ folder }) => {
	const start = startSimulator({
		stateFile: join(folder, "x.json"),
		variant: "SE060",
		listen: { path: join(folder, "s") },
		clock: "virtual",
	});
	await start.then(
		() => assert.unreachable(),
		(error: unknown) => assert.match((error as Error).message, /no variant "SE060".*SE050C1/),
	);
});

variants("no two variants have one OEF", () => {
	const oefs = [...variantTable.values()].map(({ oef }) => oef);
	assert.is(new Set(oefs).size, oefs.length);
});

variants.run();
