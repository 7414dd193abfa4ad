// SPDX-License-Identifier: MIT
import type { ChannelCounting } from "./scp03.js";

/** What SELECT returns about the applet. */
export interface Version {
	major: number;
	minor: number;
	patch: number;
	/** Features that are switched on, a bit each (AN12413, table "AppletConfig"). */
	config: number;
	/** Version of NXP's secure box: major in the high byte; 0xFFFF where there is none. */
	secureBox: number;
	/** The parts that have this applet: a hint, since the part itself says more only in IDENTIFY. */
	variant: string;
}

/** Length of SELECT's response in bytes. */
const versionLength = 7;

function variant(major: number, minor: number, patch: number, config: number): string {
	if (major === 3) return minor >= 6 ? "SE050F" : "SE050A/B/C";
	if (major === 7 && patch >= 0x10) return "SE052F";
	if (major === 7) return config === 0x3fff ? "SE051" : "SE050E";
	return "unknown";
}

/** Major, minor, patch (1 each), configuration and secure box version (2 each). Unlike other responses it is no TLV. */
export function decodeVersion(data: Uint8Array): Version {
	if (data.length !== versionLength)
		throw new RangeError(
			`SE050 SELECT: a version of ${data.length} bytes instead of ${versionLength}: is this NXP's IoT applet?`,
		);
	const view = new DataView(data.buffer, data.byteOffset, versionLength);
	const [major, minor, patch, config] = [view.getUint8(0), view.getUint8(1), view.getUint8(2), view.getUint16(3)];
	return { major, minor, patch, config, secureBox: view.getUint16(5), variant: variant(major, minor, patch, config) };
}

/**
 * The most bytes of an object that one response carries: measured limits of GetRandom, 880 on applet 3.1.1 and 1018 on
 * 7.2.0 (its buffers: 892 and 1024 bytes). Under SCP03 the padded response and its MAC must fit into that buffer.
 */
export function responseDataMax({ major }: Version, secure: boolean): number {
	if (secure) return major >= 7 ? 1003 : 875;
	return major >= 7 ? 1018 : 880;
}

/**
 * The most bytes of an object whose response leaves no block of T=1 (254 bytes) half empty: three blocks on applet 3.x, four
 * on 7.x, less tag, length (3) and status word (2). Under SCP03 the status word and the MAC (8) leave 47 or 62 blocks of AES.
 */
export function wholeBlocksMax({ major }: Version, secure: boolean): number {
	if (secure) return (major >= 7 ? 62 : 47) * 16 - 1 - 4;
	return (major >= 7 ? 4 : 3) * 254 - 6;
}

/** How the applet counts the commands of a secure channel: all of them from 4.3 on, before only those with data (plug-and-trust). */
export function channelCountingOf({ major, minor }: Version): ChannelCounting {
	return major > 4 || (major === 4 && minor >= 3) ? "all" : "data";
}
