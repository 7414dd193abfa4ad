// SPDX-License-Identifier: MIT
/** Stand-in of the SDK's `base64`, over the SDK's own C (modBase64.c, which comes with the engine). */
class Base64 {
	static encode(source: ArrayBuffer | Uint8Array | string): string {
		return native("xs_base64_encode").call(this, source) as string;
	}
	static decode(text: string): ArrayBuffer {
		return native("xs_base64_decode").call(this, text) as ArrayBuffer;
	}
}

export default Base64;
