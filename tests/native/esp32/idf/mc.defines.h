/* SPDX-License-Identifier: MIT */
/* What the SDK generates from the "defines" of the manifests: none here. */
