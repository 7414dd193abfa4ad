/**
 * Carries APDUs of a tool to a chip, over the firmware's own driver. mc/config: `bus`, `apdus` in hexadecimal digits, `scp03`
 * as the firmware takes it. Resets, asks IDENTIFY, selects the applet, opens the secure channel if there is to be one, and
 * prints a line of JSON for each thing that came back; `error` ends it.
 */
import config from "mc/config";
import { appletAid, commands, decodeResponse, encodeCommand } from "se050/apdu";
import { decodeOef } from "se050/identify";
import Link from "se050/link";
import { factoryKeysOf, scp03Option, withChannelKeys } from "se050/scp03";
import { success } from "se050/status";
import { channelCountingOf, decodeVersion } from "se050/version";

interface Work { bus: string; apdus: readonly string[]; scp03?: string }

const { bus, apdus, scp03 = "" } = config as unknown as Work;

function print(name: string, value: string): void {
	trace(`${JSON.stringify({ [name]: value })}\n`);
}

function hex(bytes: ArrayBuffer): string {
	return Array.from(new Uint8Array(bytes), byte => byte.toString(16).padStart(2, "0")).join("");
}

function bytes(digits: string): Uint8Array {
	return Uint8Array.from({ length: digits.length / 2 }, (_, index) => Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

function open(link: Link): void {
	print("atr", hex(link.reset()));
	const identity = link.transceive(encodeCommand(commands.identify, Uint8Array.of(0xDF, 0x28)));
	print("identity", hex(identity));
	const selected = link.transceive(encodeCommand(commands.select, appletAid));
	print("selected", hex(selected));
	const option = scp03Option(scp03);
	const { data, sw } = decodeResponse(new Uint8Array(selected));
	if (option === undefined || sw !== success)
		return;
	const keys = option === "auto" ? factoryKeysOf(decodeOef(decodeResponse(new Uint8Array(identity)).data)) : option;
	withChannelKeys(keys, channel => link.secure(channel, channelCountingOf(decodeVersion(data))));
}

try {
	const link = new Link({ bus });
	try {
		open(link);
		for (const apdu of apdus)
			print("response", hex(link.transceive(bytes(apdu))));
	}
	finally {
		link.close();
	}
}
catch (error) {
	print("error", (error as Error).message);
}
