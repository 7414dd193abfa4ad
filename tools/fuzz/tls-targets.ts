// SPDX-License-Identifier: MIT
import type { FuzzTarget } from "./targets.js";

const engine = [
	"engine",
	"setup",
	"chain",
	"errors",
	"fifo",
	"defragment",
	"failure",
	"schemes",
	"suites",
	"verify",
	"key",
	"handshake",
	"compat",
].map(name => `modules/tls/native/${name}.c`);

/** What tools/fuzz/tls_transparent.c replaces in the system's Mbed TLS, 2.28. */
const wrapped = [
	"ct_memcmp",
	"pk_verify",
	"pk_verify_restartable",
	"pk_verify_ext",
	"entropy_func",
	"ctr_drbg_random",
	"ecdh_make_public",
	"ecdh_calc_secret",
	"cipher_crypt",
	"cipher_auth_decrypt_ext",
].map(name => `-Wl,--wrap=mbedtls_${name}`);

export const tlsTargets: readonly FuzzTarget[] = [
	{
		name: "tls-server",
		sources: ["tools/fuzz/tls_server.c", "tools/fuzz/tls_transparent.c", ...engine],
		flags: ["-Imodules/tls/native", ...wrapped, "-l:libmbedtls.a", "-l:libmbedx509.a", "-l:libmbedcrypto.a"],
		maxLength: 20_000,
	},
];
