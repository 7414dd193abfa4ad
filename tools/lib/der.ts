// SPDX-License-Identifier: MIT
/** The part of a zero-padded file that its DER element occupies; undefined where it does not start with a SEQUENCE. */
export function trimDer(file: Uint8Array): Uint8Array | undefined {
	const [tag, form = 0, high = 0, low = 0] = file;
	const length =
		form <= 0x7f ? 2 + form : form === 0x81 ? 3 + high : form === 0x82 ? 4 + ((high << 8) | low) : undefined;
	return tag === 0x30 && length !== undefined && length <= file.length ? file.slice(0, length) : undefined;
}
