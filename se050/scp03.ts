// SPDX-License-Identifier: MIT
import { fromDigits } from "./bytes.js";
import { frozen } from "./frozen.js";

/**
 * Keys of Platform SCP03. NXP publishes the ones that a part leaves the factory with (AN12436, table 5; plug-and-trust,
 * ex_sss_tp_scp03_keys.h): for more than integrity against faults of the bus, replace them by your own.
 */
export interface PlatformKeys {
	/** ENC and MAC in hexadecimal digits, 32 each; DEK only for replacing keys. */
	readonly enc: string;
	readonly mac: string;
	readonly dek?: string;
	/** Key version number; 0x0B from the factory. */
	readonly version?: number;
}

/** The same as bytes: what Link takes. */
export interface ChannelKeys {
	/** 16 bytes each. */
	enc: Uint8Array;
	mac: Uint8Array;
	version: number;
}

/** Which commands the channel's counter counts: all (applet 7.x), or only those that carry data (3.x). */
export const channelCounting = frozen(["all", "data"]);
export type ChannelCounting = (typeof channelCounting)[number];

const factoryKeyVersion = 0x0b;

type FactoryKeys = readonly [name: string, oef: number, enc: string, mac: string, dek: string];

/** By variant and OEF id, which IDENTIFY reports. */
const factoryKeys: readonly FactoryKeys[] = frozen([
	[
		"DEVKIT",
		0xa1f4,
		"35C256458958A34F6136155F8209D6CD",
		"AF177D5DBDF7C0D5C10A05B9F1607F78",
		"A1BC8438BF77935B361A4425FE79FA29",
	],
	[
		"SE050A1",
		0xa204,
		"34AE0967E329E9518E7265D5ADCC01C2",
		"52B253CADF472BDB3D0FB38E09770099",
		"ACC91431FE26811B5ECBC845620D8344",
	],
	[
		"SE050A2",
		0xa205,
		"46A9C48C34EFE344A522E66744F8996A",
		"1203FF61DFBC9C86196A2274AEF4ED28",
		"F7561C6F48336119EE39439AAB34098E",
	],
	[
		"SE050B1",
		0xa202,
		"D499BC90DEA542CF78D25E13D64CBB1F",
		"0815559643FB79EB8501A0DC833D901F",
		"BE7DDFB406E81AE4E9665A9FED64267C",
	],
	[
		"SE050B2",
		0xa203,
		"5FA43D8202D25E9A85B1FE7E2D26478D",
		"105CEA2219F52BD167A07463C69379C3",
		"D7028157F2AD372C74BE969BCC390627",
	],
	[
		"SE050C1",
		0xa200,
		"852B5962E9CCE5D0BE746B833BCC6287",
		"DB0AA319A408696C8E107AB4E3C26B47",
		"4C2F75C6A278A4AEE5C9AF7C50EEA80C",
	],
	[
		"SE050C2",
		0xa201,
		"BD1DE20A81EAB2BF3B709A9D69A31254",
		"9A761B8DBA6BEDF22741E45D8D4236F5",
		"9B993B600F1C64F5ADC063192A96C947",
	],
	[
		"SE050E2",
		0xa921,
		"D2DB63E7A0A5AED72A6460C4DFDCAF64",
		"738D5B798ED241B0B24768514BFBA95B",
		"6702DAC30942B2C85E7F47B42CED4E7F",
	],
	[
		"SE050F2-A77E",
		0xa77e,
		"9188DA8CF369CFA9A00891627B65345A",
		"CB20F809C7A03932BC203B0A01816C81",
		"278E619D83518E14C6F1E4FA968BE51C",
	],
	[
		"SE050F2",
		0xa92a,
		"B50E1F12B81FE53B6C3B5387912A1A5A",
		"71936959D37F2B22C5A0C34919A2BC1F",
		"869593239854DC0D869900500CA79C15",
	],
	[
		"SE051A",
		0xa920,
		"88EA9FA686F3CF2FFCAF4B1CBA93E442",
		"4F163F59F07431F43EE2EE1834A52334",
		"D476CF47AA27B54AB3DBEBE7656D6770",
	],
	[
		"SE051C",
		0xa8fa,
		"BFC2DBE1828E035D3E7FA36B902A05C6",
		"BEF85BD7BA0497D628781CE47B188C96",
		"D873F316BE297F2FC9C0E45F54710699",
	],
	[
		"SE052F",
		0xb501,
		"3AE441C747E32EBC16B3BB2D843C6DD8",
		"6C18F3D08FEE1CB96A3C8DE5D3538AAA",
		"B0E6A5697DBD929243A482CF9E4D6522",
	],
	[
		"A5000",
		0xa736,
		"C9118500B5FFA1433A50226F489A0AA5",
		"29D2FE28F7FEEB153068BE381F61BC01",
		"6124D38402118060ED910360FC5A4278",
	],
]);

function platformKeys([, , enc, mac, dek]: FactoryKeys): PlatformKeys {
	return { enc, mac, dek };
}

/** The keys of a part with that OEF id. @throws {RangeError} they are not known */
export function factoryKeysOf(oef: number): PlatformKeys {
	const found = factoryKeys.find(([, id]) => id === oef);
	if (found === undefined)
		throw new RangeError(
			`the Platform SCP03 keys of a part with OEF id ${oef.toString(16).toUpperCase().padStart(4, "0")} are not known here: give its own, scp03=ENC,MAC`,
		);
	return platformKeys(found);
}

/** How SCP03 is asked for: given keys, or the factory's of the part that is there. */
export type Scp03Option = PlatformKeys | "auto";

/** Made in a function: a RegExp at the top of a module keeps it from being preloaded. */
function isKey(text: string): boolean {
	return /^[0-9A-Fa-f]{32}$/.test(text);
}

/**
 * Reads a setting: "" or "off" for none; "auto" for the factory's keys of the part that is there; a variant, "SE050C1", for
 * that part's; or own keys in hexadecimal digits, "ENC,MAC" or "ENC,MAC,DEK".
 * @throws {RangeError} which does not repeat what was given: it may be a key
 */
export function scp03Option(setting: string): Scp03Option | undefined {
	if (setting === "" || setting === "off") return undefined;
	if (setting === "auto") return setting;
	const named = factoryKeys.find(([name]) => name === setting);
	if (named !== undefined) return platformKeys(named);
	const [enc, mac, dek, ...rest] = setting.split(",");
	if (enc === undefined || mac === undefined || rest.length > 0 || ![enc, mac, dek ?? enc].every(key => isKey(key)))
		throw new RangeError(
			`the setting scp03 is "auto", a variant (${factoryKeys.map(([name]) => name).join(", ")}), or ENC,MAC with 32 hexadecimal digits each`,
		);
	return dek === undefined ? { enc, mac } : { enc, mac, dek };
}

function keyBytes(digits: string): Uint8Array {
	if (!isKey(digits)) throw new RangeError("a Platform SCP03 key is 32 hexadecimal digits");
	return fromDigits(digits);
}

/** Hands the keys' bytes to what opens the channel, and overwrites them afterwards. */
export function withChannelKeys(keys: PlatformKeys, open: (keys: ChannelKeys) => void): void {
	const bytes: ChannelKeys = {
		enc: keyBytes(keys.enc),
		mac: keyBytes(keys.mac),
		version: keys.version ?? factoryKeyVersion,
	};
	try {
		open(bytes);
	} finally {
		bytes.enc.fill(0);
		bytes.mac.fill(0);
	}
}
