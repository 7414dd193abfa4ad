// SPDX-License-Identifier: MIT
import { tlsTargets } from "./tls-targets.js";

/** The fuzz targets in C: what each is compiled from, relative to the project's root. */
export interface FuzzTarget {
	name: string;
	sources: string[];
	flags: string[];
	/** Of an input, in bytes; 600 by default. */
	maxLength?: number;
}

const native = (...names: string[]) => names.map(name => `se050/native/${name}.c`);

export const fuzzTargets: readonly FuzzTarget[] = [
	{
		name: "t1-receive",
		sources: ["tools/fuzz/t1_receive.c", "tools/fuzz/fuzz_bus.c", ...native("t1", "t1_wire", "block", "atr")],
		flags: [],
	},
	{
		name: "scp03-unwrap",
		sources: ["tools/fuzz/scp03_unwrap.c", "tools/fuzz/fuzz_channel.c", ...native("scp03", "scp03_crypto")],
		flags: ["-lmbedcrypto"],
	},
	{
		name: "scp03-command",
		sources: ["tools/fuzz/scp03_command.c", "tools/fuzz/fuzz_channel.c", ...native("scp03", "scp03_crypto")],
		flags: ["-lmbedcrypto"],
		maxLength: 1300,
	},
	...tlsTargets,
];

export const includes = ["se050/native", "tools/fuzz"];
