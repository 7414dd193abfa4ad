// SPDX-License-Identifier: MIT
import { certificateToPem } from "../../se050/pem.js";

/** PEM of a certificate (RFC 7468), with a line end after it. @param der its DER */
export const pemOf = (der: Uint8Array): string => certificateToPem(der, bytes => Buffer.from(bytes).toString("base64"));
