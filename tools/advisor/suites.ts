// SPDX-License-Identifier: MIT
/** Cipher suites by their numbers (IANA, "TLS Cipher Suites"), as far as AWS IoT supports them (developer guide, "Transport security"). */
const supportedSuites: ReadonlyMap<number, string> = new Map([
	[0x1301, "TLS_AES_128_GCM_SHA256"],
	[0x1302, "TLS_AES_256_GCM_SHA384"],
	[0x1303, "TLS_CHACHA20_POLY1305_SHA256"],
	[0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256"],
	[0xc02f, "ECDHE-RSA-AES128-GCM-SHA256"],
	[0xc023, "ECDHE-ECDSA-AES128-SHA256"],
	[0xc027, "ECDHE-RSA-AES128-SHA256"],
	[0xc009, "ECDHE-ECDSA-AES128-SHA"],
	[0xc013, "ECDHE-RSA-AES128-SHA"],
	[0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384"],
	[0xc030, "ECDHE-RSA-AES256-GCM-SHA384"],
	[0xc024, "ECDHE-ECDSA-AES256-SHA384"],
	[0xc028, "ECDHE-RSA-AES256-SHA384"],
	[0xc00a, "ECDHE-ECDSA-AES256-SHA"],
	[0xc014, "ECDHE-RSA-AES256-SHA"],
	[0x009c, "AES128-GCM-SHA256"],
	[0x003c, "AES128-SHA256"],
	[0x002f, "AES128-SHA"],
	[0x009d, "AES256-GCM-SHA384"],
	[0x003d, "AES256-SHA256"],
	[0x0035, "AES256-SHA"],
]);
/** What AWS recommends (developer guide, "Transport security"). */
const recommendedSuites: readonly number[] = [0xc02b, 0xc02f];
/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746, section 3.3) is a signal, not a suite. */
const signals: readonly number[] = [0x00ff];

/** The suites of a ClientHello, sorted as Device Advisor judges them. */
export function sortSuites(offered: readonly number[]): {
	supported: string[];
	unsupported: string[];
	recommended: boolean;
} {
	const suites = offered.filter(suite => !signals.includes(suite));
	return {
		supported: suites.flatMap(suite => supportedSuites.get(suite) ?? []),
		unsupported: suites
			.filter(suite => !supportedSuites.has(suite))
			.map(suite => `0x${suite.toString(16).padStart(4, "0")}`),
		recommended: suites.some(suite => recommendedSuites.includes(suite)),
	};
}
