// SPDX-License-Identifier: MIT
import { decodeTlvs, TlvError, valueOf } from "./tlv.js";

/**
 * The OEF id in the response to IDENTIFY (GET DATA, tag DF28, before an applet is selected): FE, in it DF28, in it 01, the
 * configuration id of 12 bytes, whose third and fourth are the OEF id. It identifies the variant (NXP AN12436, table 1).
 * @throws {TlvError} the response has another form
 */
export function decodeOef(response: Uint8Array): number {
	const object = valueOf(decodeTlvs(response), 0xfe);
	const [first, second, length = 0] = object;
	if (first !== 0xdf || second !== 0x28 || length !== object.length - 3)
		throw new TlvError("SE050 IDENTIFY: the response is not the object DF28");
	const configuration = valueOf(decodeTlvs(object.subarray(3)), 0x01);
	const [, , high, low] = configuration;
	if (high === undefined || low === undefined)
		throw new TlvError(`SE050 IDENTIFY: a configuration id of ${configuration.length} bytes instead of 12`);
	return (high << 8) | low;
}
