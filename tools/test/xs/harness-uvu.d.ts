// SPDX-License-Identifier: MIT
/** uvu's own module, which has another name inside XS: see tools/build/firmware.ts. */
declare module "uvu/runner" {
	export * from "uvu";
}
