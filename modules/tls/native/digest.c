/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 for digest.ts.
 */
#include "xsmc.h"
#include "mc.xs.h"

#include "compat.h"

/* (byte buffer): an ArrayBuffer of 32 bytes. Nothing of XS runs while the pointer into its heap is held. */
void xs_tls_sha256(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue size;
	uint8_t hash[32];
	xsmcGetBufferReadable(xsArg(0), &bytes, &size);
	tls_compat_sha256(bytes, size, hash);
	xsmcSetArrayBuffer(xsResult, hash, sizeof hash);
}
