/* SPDX-License-Identifier: MIT */
/* The cipher suites that are offered. */
#ifndef TLS_SUITES_H
#define TLS_SUITES_H

#include <stdbool.h>

/*
 * Identifiers (IANA), in order of preference, 0-terminated, as mbedtls_ssl_conf_ciphersuites() takes them; Mbed TLS
 * leaves out those that its build does not have.
 *
 * A subset of AWS IoT's policy IoTSecurityPolicy_TLS13_1_2_2022_10 (Developer Guide, "Transport security"): all of its
 * TLS 1.3 suites, and of TLS 1.2 those with forward secrecy and without SHA-1.
 */
extern const int tls_suites[];

/* The kind of key that signs for the server; in TLS 1.3 the suite leaves it open. */
typedef enum { TLS_SIGNER_ANY, TLS_SIGNER_ECDSA, TLS_SIGNER_RSA } tls_signer;

/* IANA's name of one of them, such as "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"; "unknown" for any other. */
const char *tls_suite_name(int id);

/* Whether the hash of one of them is SHA-384; otherwise it is SHA-256. */
bool tls_suite_has_sha384(int id);

/* Who signs with one of them; TLS_SIGNER_ANY for any other. */
tls_signer tls_suite_signer(int id);

#endif
