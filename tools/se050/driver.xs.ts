// SPDX-License-Identifier: MIT
/**
 * The driver as a tool on the other side of a pipe uses it: each line of standard input is a call, `{"call": name,
 * "arguments": […]}`, each line of the output its result or error. Keys come this way and not in the configuration, which
 * everybody can read in the list of processes.
 */
import { nextLine } from "host/input";
import { commands, decodeResponse, encodeCommand } from "se050/apdu";
import { fromDigits } from "se050/bytes";
import { decodeOef } from "se050/identify";
import Link from "se050/link";
import { ObjectManagement } from "se050/management/object-management";
import { SecurityDomain } from "se050/management/security-domain";
import { scp03Option } from "se050/scp03";
import { SE050 } from "se050/se050";
import { success } from "se050/status";
import { channelCountingOf } from "se050/version";
import { sha256 } from "tls/digest";
import type { ChipCalls, Greeting } from "./calls.js";

interface Opened {
	link: Link;
	chip: SE050;
	objects: ObjectManagement;
	domain: SecurityDomain;
}

let opened: Opened | undefined;

function here(): Opened {
	if (opened === undefined) throw new Error("the bus is not open yet");
	return opened;
}

function oefOf(link: Link): number | undefined {
	const { data, sw } = decodeResponse(
		new Uint8Array(link.transceive(encodeCommand(commands.identify, Uint8Array.of(0xdf, 0x28)))),
	);
	return sw === success ? decodeOef(data) : undefined;
}

function greet(): Greeting {
	const { link, chip } = here();
	chip.select();
	const atr = new Uint8Array(link.reset());
	const oef = oefOf(link);
	return { atr, oef, version: chip.select() };
}

const calls: ChipCalls = {
	open(bus, scp03) {
		const link = new Link({ bus });
		const option = typeof scp03 === "string" ? scp03Option(scp03) : scp03;
		const chip = new SE050(link, {
			scp03: option,
			hash: (name, bytes) => (name === "SHA-256" ? sha256(bytes) : undefined),
		});
		opened = { link, chip, objects: new ObjectManagement(chip.applet), domain: new SecurityDomain(link) };
	},
	greet,
	uid: () => here().chip.uid(),
	exists: id => here().chip.exists(id),
	size: id => here().chip.size(id),
	read: id => here().chip.read(id),
	certificate: id => here().chip.certificate(id),
	random: byteLength => here().chip.random(byteLength),
	sign: (id, hashName, digest, scheme) => here().chip.key(id).sign(hashName, digest, scheme),
	ids: () => here().objects.ids(),
	type: id => here().objects.type(id),
	freeMemory: kind => here().objects.freeMemory(kind),
	attributes: id => here().objects.attributes(id),
	rsaComponent: (id, component) => here().objects.rsaComponent(id, component),
	generateEcKey: (id, curve, policy) => here().objects.generateEcKey(id, curve, policy),
	generateRsaKey: (id, bits, policy) => here().objects.generateRsaKey(id, bits, policy),
	writeFile: (id, content, size, policy) => here().objects.writeFile(id, content, size, policy),
	delete: id => here().objects.delete(id),
	attest: (id, freshness, component) => here().objects.attest(id, freshness, component),
	openSecurityDomain: keys => here().domain.open(keys, channelCountingOf(here().chip.applet.version)),
	putKeys: data => here().domain.putKeys(data),
};

function digits(bytes: Uint8Array): string {
	return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
}

function print(outcome: object): void {
	trace(
		`${JSON.stringify(outcome, (_, value: unknown) => (value instanceof Uint8Array ? { bytes: digits(value) } : value))}\n`,
	);
}

/** A byte string's form in JSON becomes one again. */
function revive(_: string, value: unknown): unknown {
	const text = typeof value === "object" && value !== null && "bytes" in value ? value.bytes : undefined;
	return typeof text === "string" ? fromDigits(text) : value;
}

function perform(line: string): void {
	const { call, arguments: given } = JSON.parse(line, revive) as { call: keyof ChipCalls; arguments: never[] };
	try {
		print({ result: (calls[call] as (...args: never[]) => unknown)(...given) });
	} catch (error) {
		const { name, message, sw, code } = error as Error & { sw?: number; code?: string };
		print({ error: { name, message, sw, code } });
	}
}

for (let line = nextLine(); line !== undefined; line = nextLine()) perform(line);
opened?.link.close();
