/* SPDX-License-Identifier: MIT */
/* Mbed TLS's errors, sorted into reasons. */
#ifndef TLS_ERRORS_H
#define TLS_ERRORS_H

#include "failure.h"

#include <stddef.h>

tls_reason tls_reason_of_error(int error, tls_step step);

/* The same while the server's certificates are parsed; 4.x then returns bare codes of ASN.1. */
tls_reason tls_reason_of_certificate_error(int error);

/* The code as Mbed TLS writes it: "Mbed TLS -0x7780"; with the decimal number for a PSA code, "Mbed TLS -0x0086
 * (-134)". */
void tls_describe_error(int error, char *text, size_t size);

/* The alert for a failure (RFC 8446 section 6.2), where Mbed TLS has sent none. */
uint8_t tls_alert_of_reason(tls_reason reason);

#endif
