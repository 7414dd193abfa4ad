// SPDX-License-Identifier: MIT
import { frozen } from "./frozen.js";
import { decodeTlvs, TlvError, valueOf } from "./tlv.js";

type Part = readonly [oef: number, name: string];

/** Parts by OEF id (NXP AN12436, table 1, and ex_sss_tp_scp03_keys.h). */
const parts: readonly Part[] = frozen([
	[0xa1f4, "SE050C1 of the development board (OM-SE050ARD)"],
	[0xa200, "SE050C1"],
	[0xa201, "SE050C2"],
	[0xa202, "SE050B1"],
	[0xa203, "SE050B2"],
	[0xa204, "SE050A1"],
	[0xa205, "SE050A2"],
	[0xa43b, "SE050D2"],
	[0xa921, "SE050E2"],
	[0xa77e, "SE050F2"],
	[0xa92a, "SE050F2"],
	[0xa920, "SE051A2"],
	[0xa8fa, "SE051C2"],
	[0xb501, "SE052F"],
	[0xa736, "A5000"],
]);

/** The part with that OEF id; undefined for an unknown one. */
export function partName(oef: number): string | undefined {
	return parts.find(([id]) => id === oef)?.[1];
}

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
