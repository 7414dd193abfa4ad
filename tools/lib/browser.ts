// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";

/** The Debian package of a browser without a window. Ubuntu has none: its Chromium comes as a snap. */
export const browserPackage = "chromium-headless-shell";

/** Where Debian puts Chromium, and Google its packages for Debian and Ubuntu; the smallest first. */
export const browserPrograms = [
	"/usr/bin/chromium-headless-shell",
	"/usr/bin/chromium",
	"/usr/bin/google-chrome-stable",
] as const;

/** A Chromium of this machine; undefined when there is none. */
export function findBrowser(): string | undefined {
	return browserPrograms.find(program => existsSync(program));
}
