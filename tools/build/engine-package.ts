// SPDX-License-Identifier: MIT
/** @agoric/xsnap carries Moddable's XS 13.3 (xs/sources, xs/includes, xs/platforms) and modules/data. */
export const enginePackage = {
	specifier: "@agoric/xsnap@0.15.0",
	integrity: "sha512-ZBm4DZxbtfacxMHVVdJjZi0Y8zOxN77vpu1WwI5RWfPkaRh0aHkz/dVdTGKXalDNzWfz183lljKxlxl3/h0n+A==",
} as const;
