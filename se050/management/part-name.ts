// SPDX-License-Identifier: MIT
import { frozen } from "../frozen.js";

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
