// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { concatenate } from "../../../se050/bytes.js";
import type { Transcript } from "../../../se050/management/attestation.js";
import { decodeTlvs, encodeTlv } from "../../../se050/tlv.js";
import { type AttestationFile, transcripts } from "../../../tools/se050/attest.js";
import { verifyAttestation } from "../../../tools/se050/verify-attestation.js";
import { provision } from "../../../tools/se050-sim/factory/personality.js";
import { factoryPlatform, variantTable } from "../../../tools/se050-sim/factory/variants.js";
import { bytes } from "../se050/chip.js";
import { certificateIn, command, type TestCard, testCard, tlv } from "../se050-sim/card.js";
import {
	attestationKey,
	authorities,
	fileOf,
	freshness,
	internal3,
	manufacturer,
	outsidePoint,
	pointOf,
} from "./attester.js";
import { believe, type Claim } from "./credulous.js";

const seed = Number(process.env["SEED"] ?? 20261128);
const mutationsPerFile = Number(process.env["RUNS"] ?? 40);

/** Numbers below a bound that a seed repeats (mulberry32). */
function generator(start: number): (bound: number) => number {
	let state = start;
	return bound => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
	};
}
const random = generator(seed);
const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;

/** What chips attest: keys made in them, imported and of the factory, and files that an attacker wrote. */
function attestedBy({ run }: TestCard, pem: string): AttestationFile[] {
	const must = (apdu: string) => assert.match(run(apdu), /9000$/);
	const policy = (rights: string) => tlv("11", `0800000000${rights}`);
	must(command("80016100", tlv("41", "10000001"), tlv("42", "03")));
	must(command("80016100", policy("10208000"), tlv("41", "10000002"), tlv("42", "03")));
	must(command("80016100", policy("10000000"), tlv("41", "10000003"), tlv("42", "03")));
	must(command("80012100", tlv("41", "10000004"), tlv("42", "03"), tlv("44", outsidePoint)));
	const contents = ["CAFE", outsidePoint + internal3, outsidePoint, internal3].map(text => text.replaceAll(" ", ""));
	contents.forEach((content, index) =>
		must(
			command(
				"80010600",
				policy("02200000"),
				tlv("41", `1000001${index}`),
				tlv("43", (content.length / 2).toString(16).padStart(4, "0")),
				tlv("44", content),
			),
		),
	);
	const ids = [
		"10000001",
		"10000002",
		"10000003",
		"10000004",
		"F0000100",
		...contents.map((_, index) => `1000001${index}`),
	];
	return ids.map(id => {
		const apdu = command("80220000", tlv("41", id), tlv("45", "F0000012"), tlv("46", "21"), tlv("47", freshness));
		const answer = run(apdu);
		assert.match(answer, /9000$/, id);
		return fileOf([{ command: bytes(apdu.slice(0, -4)), response: bytes(answer.slice(0, -4)) }], pem);
	});
}

/** Genuine attestations of applets 3.1, 3.6 and 7.2. */
const corpus: AttestationFile[] = [];
for (const name of ["SE050C1", "SE050F2", "SE050E2"]) {
	const variant = variantTable.get(name)!;
	const platform = { ...factoryPlatform(variant), scp03Required: false };
	for (const tlvLength of ["short", "long"] as const) {
		const card = testCard(variant, await provision(variant, manufacturer), { platform, tlvLength });
		corpus.push(...attestedBy(card, certificateIn(card, "F0000013").toString()));
	}
}

const chipCertificates = corpus.map(file => file.certificate!);
const responseTags = [0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x4f, 0x52];
const likelyLengths = [2, 12, 16, 18, 24, 28, 65];

function spoil(original: Uint8Array): Uint8Array {
	const changed = original.slice();
	const at = random(changed.length);
	switch (random(4)) {
		case 0:
			changed[at]! ^= 1 << random(8);
			return changed;
		case 1:
			changed[at] = pick([0, 1, 2, 3, 8, 12, 16, 18, 0x41, 0x42, 0x43, 0x52, 0x81, 0x82]);
			return changed;
		case 2:
			return concatenate(changed.subarray(0, at), changed.subarray(at + 1 + random(3)));
		default:
			return concatenate(changed.subarray(0, at), Uint8Array.of(random(256)), changed.subarray(at));
	}
}

/** Moves, drops, doubles or renames fields of a response. */
function rearrange(response: Uint8Array): Uint8Array {
	const tlvs = decodeTlvs(response).map(({ tag, value }) => ({ tag, value }));
	const index = random(tlvs.length);
	switch (random(4)) {
		case 0:
			tlvs.splice(random(tlvs.length), 0, ...tlvs.splice(index, 1));
			break;
		case 1:
			tlvs.splice(index, 1);
			break;
		case 2:
			tlvs.splice(random(tlvs.length), 0, tlvs[index]!);
			break;
		default:
			tlvs[index]!.tag = pick(responseTags);
	}
	return concatenate(...tlvs.map(({ tag, value }) => encodeTlv(tag, value)));
}

/** The signed values of a response of 3.x cut up in other places: what its signature covers stays. */
function cutAnew(response: Uint8Array): Uint8Array {
	const tlvs = decodeTlvs(response);
	const signature = tlvs.at(-1)!;
	const all = concatenate(...tlvs.slice(0, -1).map(({ value }) => value));
	const tail = [18, 16, 12].map(length => (random(4) === 0 ? pick(likelyLengths) : length));
	const values: Uint8Array[] = [];
	let end = all.length;
	for (const length of tail) {
		values.unshift(all.subarray(Math.max(0, end - length), end));
		end = Math.max(0, end - length);
	}
	const cut = random(3) === 0 ? random(end + 1) : Math.min(end, pick(likelyLengths));
	const fields = random(8) === 0 ? [all.subarray(0, end)] : [all.subarray(0, cut), all.subarray(cut, end)];
	const first = fields.length === 1 ? 0x42 : 0x41;
	return concatenate(
		...[...fields, ...values].map((value, index) => encodeTlv(first + index, value)),
		encodeTlv(signature.tag, signature.value),
	);
}

function mutate(file: AttestationFile): AttestationFile {
	const [read] = transcripts(file) as [Transcript];
	const other = pick(corpus);
	const [otherRead] = transcripts(other) as [Transcript];
	const withRead = (changed: Partial<Transcript>) => fileOf([{ ...read, ...changed }], file.certificate!);
	switch (random(8)) {
		case 0:
			return withRead({ command: spoil(read.command) });
		case 1:
			return withRead({ response: spoil(read.response) });
		case 2:
			return withRead({ response: rearrange(read.response) });
		case 3:
			return withRead({ command: otherRead.command });
		case 4:
			return { ...file, certificate: pick(chipCertificates) };
		case 5:
			return fileOf([read, otherRead], file.certificate!);
		default: {
			const response = cutAnew(read.response);
			// A command is not signed on 3.x: an attacker writes the id that the cut shows.
			const command = read.command.slice();
			const attributes = decodeTlvs(response).find(({ tag }) => tag === 0x42)?.value ?? new Uint8Array();
			if (attributes.length >= 4) command.set(attributes.subarray(0, 4), 9);
			return withRead({ response, command });
		}
	}
}

/** All that the tool says of a file that it verifies; undefined for one that it does not. */
async function statementOf(file: AttestationFile): Promise<string | undefined> {
	try {
		const { lines, verified } = await verifyAttestation(file, { authorities, freshness: bytes(freshness) });
		return verified ? lines.join("\n") : undefined;
	} catch {
		return undefined;
	}
}

/** What a verifier without checks takes from a file. */
function claimOf(file: AttestationFile): string | undefined {
	try {
		const claim: Claim | undefined = believe(file, authorities);
		return claim && JSON.stringify(claim);
	} catch {
		return undefined;
	}
}

const fuzz = suite("verify-attestation, mutated attestations");

fuzz("genuine ones of applets 3.1, 3.6 and 7.2 are verified; on 3.x not the longer objects from outside", async () => {
	const verified = await Promise.all(corpus.map(statementOf));
	assert.is(corpus.length, 54);
	assert.is(verified.filter(statement => statement !== undefined).length, 42);
	assert.is.not(pointOf(attestationKey.publicKey), outsidePoint);
});

fuzz(`no mutation changes a statement (SEED=${seed})`, async () => {
	const statements = new Set(await Promise.all(corpus.map(statementOf)));
	const claims = new Set(corpus.map(claimOf));
	let [kept, believed] = [0, 0];
	for (const file of corpus)
		for (let run = 0; run < mutationsPerFile; run++) {
			const mutated = mutate(file);
			const claim = claimOf(mutated);
			if (claim !== undefined && !claims.has(claim)) believed++;
			const statement = await statementOf(mutated);
			if (statement === undefined) continue;
			kept++;
			assert.ok(statements.has(statement), `another statement is verified:\n${statement}\n${JSON.stringify(mutated)}`);
		}
	assert.ok(kept > 0, `no mutation left its statement as it was`);
	assert.ok(believed > 0, `no mutation would deceive a verifier without checks`);
});

fuzz.run();
