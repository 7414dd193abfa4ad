/** Mbed TLS' errors, sorted into reasons. */
#ifndef TLS_ERRORS_H
#define TLS_ERRORS_H

#include "failure.h"

#include <stddef.h>

TLSReason tls_reason_of_error(int error, TLSStep step);

/** "Mbed TLS -0x7780, SSL - A fatal alert message was received from our peer". */
void tls_describe_error(int error, char *text, size_t size);

#endif
