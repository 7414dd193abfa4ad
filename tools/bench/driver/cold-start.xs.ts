// SPDX-License-Identifier: MIT
/**
 * What `npm run bench` measures of the driver. mc/config: `bus`; `certificate`, the id of the file that stands for the device's
 * certificate; `write`, a length: makes that file instead of measuring; `signatures`, how many a run makes, and `key` and
 * `scheme` with what; `generate`, a curve: makes that key and ends.
 */
import config from "mc/config";
import { concatenate, u16, u32 } from "se050/bytes";
import Link from "se050/link";
import type { CurveName } from "se050/management/curves";
import { ObjectManagement } from "se050/management/object-management";
import { objects } from "se050/objects";
import { SE050 } from "se050/se050";
import { encodeTlv } from "se050/tlv";

interface Scenario {
	bus: string;
	certificate: number;
	write?: number;
	signatures?: number;
	key?: number;
	scheme?: "ECDSA" | "RSASSA-PKCS1-v1_5";
	generate?: CurveName;
}

const {
	bus,
	certificate,
	write,
	signatures = 1,
	key = objects.cloudKey0,
	scheme,
	generate,
} = config as unknown as Scenario;
const part = 400;

/** DER of that many bytes with the outer form of a certificate: all that stands in front of the signature is empty. */
function certificateOf(length: number): Uint8Array {
	const empty = Uint8Array.of(0x30, 0);
	const number = Uint8Array.of(0x02, 1, 1);
	const signed = encodeTlv(0x30, concatenate(number, empty, empty, empty, empty, empty));
	const rest = length - 4 - signed.length - empty.length - 4;
	const signature = concatenate(Uint8Array.of(0x03, 0x82), u16(rest), new Uint8Array(rest));
	return concatenate(Uint8Array.of(0x30, 0x82), u16(length - 4), signed, empty, signature);
}

/** WriteBinary (AN12413, 4.7.1.4), part by part. */
function writeFile(link: Link, content: Uint8Array): void {
	for (let offset = 0; offset < content.length; offset += part) {
		const size = offset === 0 ? encodeTlv(0x43, u16(content.length)) : new Uint8Array();
		const data = concatenate(
			encodeTlv(0x41, u32(certificate)),
			encodeTlv(0x42, u16(offset)),
			size,
			encodeTlv(0x44, content.subarray(offset, offset + part)),
		);
		link.transceive(concatenate(Uint8Array.of(0x80, 0x01, 0x06, 0x00, 0x00), u16(data.length), data));
	}
}

const link = new Link({ bus });
const chip = new SE050(link);
chip.select();
if (write !== undefined) writeFile(link, certificateOf(write));
else if (generate !== undefined) new ObjectManagement(chip.applet).generateEcKey(key, generate);
else {
	chip.uid();
	chip.certificate(certificate);
	for (let made = 0; made < signatures; made++) chip.key(key).sign("SHA-256", new Uint8Array(32).fill(made), scheme);
}
link.close();
