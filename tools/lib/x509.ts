// SPDX-License-Identifier: MIT
/**
 * The library, loaded when a certificate is to be issued: a chip that exists starts without it. It registers its
 * algorithms in tsyringe, which does not load without the Reflect metadata API, a proposal that no engine has.
 */
export async function loadX509(): Promise<typeof import("@peculiar/x509")> {
	await import("reflect-metadata");
	return import("@peculiar/x509");
}
