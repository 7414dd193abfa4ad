// SPDX-License-Identifier: MIT
import { rsaTime } from "../../bus/latency.js";
import { StatusWordError, sw } from "../../card/status.js";
import { keyFromComponents } from "../../crypto/rsa-components.js";
import { generateRsaKeyPair } from "../../crypto/rsa-generation.js";
import { appletInstructions, appletTags, insFlag, parameter1, parameter2, rsaKeySizes } from "../codes.js";
import type { SecureObject } from "../objects.js";
import { objectRights } from "../policy.js";
import {
	type AppletCommand,
	type AppletRequest,
	type Computed,
	noData,
	type SimulatedChip,
	unsigned,
} from "./command.js";
import { store, type WriteTarget, writable } from "./creation.js";

/** Tags of a key's components (NXP's `Se05x_API_WriteRSAKey`). */
const components = {
	p: appletTags.tag3,
	q: appletTags.tag4,
	dp: appletTags.tag5,
	dq: appletTags.tag6,
	inverseOfQ: appletTags.tag7,
	publicExponent: appletTags.tag8,
	privateExponent: appletTags.tag9,
	modulus: appletTags.tag10,
} as const;
type Component = keyof typeof components;
const componentTags: readonly number[] = Object.values(components);

/** What an import must bring, in any order and any number of commands: NXP's host sends one component with each. */
const needed: Readonly<Record<"crt" | "raw" | "public", readonly Component[]>> = {
	crt: ["p", "q", "dp", "dq", "inverseOfQ", "publicExponent", "modulus"],
	raw: ["modulus", "publicExponent", "privateExponent"],
	public: ["modulus", "publicExponent"],
};
type Form = keyof typeof needed;

/** The size that a command names, or that the key in its place has. Throws 6985 where a part has no such key, or the key in place has another. */
function sizeOf(
	chip: SimulatedChip,
	{ tlvs }: AppletRequest,
	{ existing }: WriteTarget,
	type: SecureObject["type"],
): number {
	const existingSize = existing && "modulus" in existing ? existing.modulus.length * 8 : undefined;
	const size = unsigned(tlvs, appletTags.tag2, 2) || existingSize;
	const fits = !existing || (existing.type === type && size === existingSize);
	if (!chip.variant.features.rsa || !fits || size === undefined || !rsaKeySizes.includes(size))
		throw new StatusWordError(sw.conditionsNotSatisfied);
	return size;
}

/** Has an RSA key generated, again where there is one. How the private key is kept stays as it was for a key that is there. */
function generate(chip: SimulatedChip, request: AppletRequest, form: Form): Computed {
	const target = writable(chip, request, objectRights.generate);
	const size = sizeOf(chip, request, target, "rsa-key-pair");
	const crt = target.existing?.type === "rsa-key-pair" ? target.existing.crt : form === "crt";
	const { key, tests } = generateRsaKeyPair(size, chip.random.bytes, crt);
	store(chip, request, target, { origin: "internal", ...key });
	return { data: noData, microseconds: chip.latency.write + rsaTime(tests * chip.latency.primeTest, size / 8) };
}

/** The key that components make. Throws 6A80 where they do not belong together. */
function keyOf(form: Form, parts: ReadonlyMap<Component, Uint8Array>, size: number) {
	const part = (name: Component): Uint8Array => parts.get(name) ?? noData;
	const modulus = part("modulus");
	const publicKey = { modulus, publicExponent: part("publicExponent") };
	const primes = { p: part("p"), q: part("q"), dp: part("dp"), dq: part("dq"), inverseOfQ: part("inverseOfQ") };
	const key =
		form === "public"
			? ({ type: "rsa-public-key", ...publicKey } as const)
			: keyFromComponents({
					...publicKey,
					...(form === "crt" ? { primes } : { privateExponent: part("privateExponent") }),
				});
	if (!key || modulus.length * 8 !== size || modulus[0]! < 0x80) throw new StatusWordError(sw.wrongData);
	return key;
}

/**
 * Brings components of a key. The first command has size and policy; the object is there when the last component is. A part
 * without RSA answers 6A80, as benched on an SE050E.
 */
function bring(chip: SimulatedChip, request: AppletRequest, form: Form): Computed {
	if (!chip.variant.features.rsa) throw new StatusWordError(sw.wrongData);
	const { tlvs } = request;
	const target = writable(chip, request, objectRights.write);
	const { imports } = chip.objects;
	const isFirst = tlvs.has(appletTags.tag2) || !imports.has(target.id);
	const type = form === "public" ? "rsa-public-key" : "rsa-key-pair";
	const begun = isFirst
		? { request, size: sizeOf(chip, request, target, type), parts: new Map() }
		: imports.get(target.id)!;
	for (const [name, tag] of Object.entries(components)) if (tlvs.has(tag)) begun.parts.set(name, tlvs.get(tag)!);
	const unwanted = [...begun.parts.keys()].some(name => !needed[form].includes(name as Component));
	if (unwanted) throw new StatusWordError(sw.conditionsNotSatisfied);
	imports.set(target.id, begun);
	if (needed[form].every(name => begun.parts.has(name))) {
		imports.delete(target.id);
		const key = keyOf(form, begun.parts as ReadonlyMap<Component, Uint8Array>, begun.size);
		store(chip, begun.request, target, { origin: "external", ...key });
	}
	return { data: noData, microseconds: chip.latency.write };
}

const writeRsaKey = (p1: number, p2: number, form: Form): AppletCommand => ({
	ins: appletInstructions.write,
	p1: parameter1.rsa | p1,
	p2,
	flags: insFlag.transient,
	required: [appletTags.tag1],
	optional: [appletTags.policy, appletTags.tag2, appletTags.version, ...componentTags],
	run(chip, request) {
		const isImport = form === "public" || componentTags.some(tag => request.tlvs.has(tag));
		return (isImport ? bring : generate)(chip, request, form);
	},
});

/** P2 says how the private key is kept. */
export const writeRsaKeyCommands: readonly AppletCommand[] = [
	writeRsaKey(parameter1.keyPair, parameter2.default, "crt"),
	writeRsaKey(parameter1.keyPair, parameter2.raw, "raw"),
	writeRsaKey(parameter1.publicKey, parameter2.default, "public"),
];
