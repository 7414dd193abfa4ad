/* SPDX-License-Identifier: MIT */
#include "verify.h"

#include "compat.h"
#include "key.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* GeneralName's context-specific tags, RFC 5280 section 4.2.1.6. */
enum { GENERAL_NAME_DNS = 0x82, GENERAL_NAME_IP = 0x87 };

/* Days from 1970-01-01 in the Gregorian calendar, the year counted from March so that the leap day is its last. */
static int64_t days_from_date(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t year_of_era = y % 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int64_t seconds_from_time(const mbedtls_x509_time *time)
{
	return days_from_date(time->year, time->mon, time->day) * 86400 + time->hour * 3600 + time->min * 60 + time->sec;
}

void tls_format_time(int64_t seconds, char *text, size_t size)
{
	int64_t days = seconds / 86400 - (seconds % 86400 < 0);
	int rest = (int)(seconds - days * 86400);
	int year = 1970 + (int)(days / 366);
	while (days_from_date(year + 1, 1, 1) <= days)
		year++;
	int month = 1;
	while (month < 12 && days_from_date(year, month + 1, 1) <= days)
		month++;
	int day = 1 + (int)(days - days_from_date(year, month, 1));
	snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, rest / 3600, rest / 60 % 60, rest % 60);
}

void tls_verifier_open(tls_verifier_t *verifier, const char *server_name, int64_t (*now)(void *), void *context)
{
	*verifier = (tls_verifier_t){ .server_name = server_name, .now = now, .context = context };
	if (inet_pton(AF_INET, server_name, verifier->address) == 1)
		verifier->address_size = 4;
	else if (inet_pton(AF_INET6, server_name, verifier->address) == 1)
		verifier->address_size = 16;
}

static bool has_alternative_names(const mbedtls_x509_crt *certificate)
{
	return certificate->subject_alt_names.buf.p != NULL;
}

static bool is_for_address(const tls_verifier_t *verifier, const mbedtls_x509_crt *certificate)
{
	if (!has_alternative_names(certificate))
		return false;
	for (const mbedtls_x509_sequence *name = &certificate->subject_alt_names; name; name = name->next)
		if (name->buf.tag == GENERAL_NAME_IP && name->buf.len == verifier->address_size &&
			memcmp(name->buf.p, verifier->address, verifier->address_size) == 0)
			return true;
	return false;
}

/* OBJECT IDENTIFIER 2.5.29.30, RFC 5280 section 4.2.1.10. */
static const uint8_t name_constraints[] = { 0x06, 0x03, 0x55, 0x1D, 0x1E };

/*
 * Mbed TLS ignores name constraints that are not critical (and refuses critical ones as an unknown extension): a
 * certificate with any is not one of AWS IoT's, and is refused.
 */
static bool has_name_constraints(const mbedtls_x509_crt *certificate)
{
	unsigned char *at = certificate->v3_ext.p;
	size_t size;
	if (!at)
		return false;
	const unsigned char *end = at + certificate->v3_ext.len;
	if (mbedtls_asn1_get_tag(&at, end, &size, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE))
		return false;
	while (mbedtls_asn1_get_tag(&at, end, &size, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) == 0) {
		if (size >= sizeof name_constraints && memcmp(at, name_constraints, sizeof name_constraints) == 0)
			return true;
		at += size;
	}
	return false;
}

/* Appends `name` to a comma-separated list as far as it fits, what is not printable ASCII as '?'. */
static void append_name(char *list, size_t size, const uint8_t *name, size_t length)
{
	size_t used = strlen(list);
	if (used > 0 && used + 2 < size)
		used += (size_t)snprintf(list + used, size - used, ", ");
	for (size_t i = 0; i < length && used + 1 < size; i++)
		list[used++] = name[i] > 0x20 && name[i] < 0x7F ? (char)name[i] : '?';
	list[used] = 0;
}

static void list_names(const mbedtls_x509_crt *certificate, char *list, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	list[0] = 0;
	for (const mbedtls_x509_sequence *name = &certificate->subject_alt_names; name; name = name->next) {
		if (name->buf.tag == GENERAL_NAME_DNS)
			append_name(list, size, name->buf.p, name->buf.len);
		else if (name->buf.tag == GENERAL_NAME_IP && (name->buf.len == 4 || name->buf.len == 16) &&
			inet_ntop(name->buf.len == 4 ? AF_INET : AF_INET6, name->buf.p, address, sizeof address))
			append_name(list, size, (const uint8_t *)address, strlen(address));
	}
}

static bool is_self_signed(const mbedtls_x509_crt *certificate)
{
	return certificate->issuer_raw.len > 0 && certificate->issuer_raw.len == certificate->subject_raw.len &&
		memcmp(certificate->issuer_raw.p, certificate->subject_raw.p, certificate->issuer_raw.len) == 0;
}

/* Among Mbed TLS's flags, for what it does not look at. */
#define NAME_CONSTRAINTS MBEDTLS_X509_BADCERT_OTHER

static const struct {
	uint32_t flags;
	tls_reason reason;
} faults[] = {
	/* the weightiest first */
	{ MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_MISSING, TLS_REASON_UNKNOWN_ISSUER },
	{ MBEDTLS_X509_BADCERT_EXPIRED, TLS_REASON_EXPIRED },
	{ MBEDTLS_X509_BADCERT_FUTURE, TLS_REASON_NOT_YET_VALID },
	{ MBEDTLS_X509_BADCERT_CN_MISMATCH, TLS_REASON_WRONG_NAME },
	{ MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
		TLS_REASON_WEAK_CERTIFICATE },
	{ NAME_CONSTRAINTS, TLS_REASON_UNSUPPORTED_CERTIFICATE },
	{ UINT32_MAX, TLS_REASON_BAD_CERTIFICATE },
};

enum { FAULTS = sizeof faults / sizeof *faults };

static size_t rank_of_flags(uint32_t flags)
{
	size_t rank = 0;
	while (rank < FAULTS && !(faults[rank].flags & flags))
		rank++;
	return rank;
}

static size_t rank_of_reason(tls_reason reason)
{
	size_t rank = 0;
	while (rank < FAULTS && faults[rank].reason != reason)
		rank++;
	return rank;
}

static void describe(tls_verifier_t *verifier, const mbedtls_x509_crt *certificate, uint32_t flags, int64_t now)
{
	char name[96], other[96], clock[24];
	char *detail = verifier->detail;
	size_t size = sizeof verifier->detail;
	mbedtls_x509_dn_gets(name, sizeof name, &certificate->subject);
	tls_format_time(now, clock, sizeof clock);
	switch (verifier->reason) {
	case TLS_REASON_UNKNOWN_ISSUER:
		mbedtls_x509_dn_gets(other, sizeof other, &certificate->issuer);
		if (is_self_signed(certificate))
			snprintf(detail, size, "\"%s\" is self-signed and not a trusted root", name);
		else
			snprintf(detail, size, "\"%s\" is issued by \"%s\"", name, other);
		break;
	case TLS_REASON_EXPIRED:
		tls_format_time(seconds_from_time(&certificate->valid_to), other, sizeof other);
		snprintf(detail, size, "\"%s\" ended %s, the clock says %s", name, other, clock);
		break;
	case TLS_REASON_NOT_YET_VALID:
		tls_format_time(seconds_from_time(&certificate->valid_from), other, sizeof other);
		snprintf(detail, size, "\"%s\" begins %s, the clock says %s", name, other, clock);
		break;
	case TLS_REASON_WRONG_NAME:
		list_names(certificate, other, sizeof other);
		if (has_alternative_names(certificate))
			snprintf(detail, size, "it is for %s, not for %.100s", other, verifier->server_name);
		else
			snprintf(detail, size, "\"%s\" has no subject alternative name, so it is for no server", name);
		break;
	case TLS_REASON_UNSUPPORTED_CERTIFICATE:
		snprintf(detail, size, "\"%s\" has name constraints", name);
		break;
	default:
		snprintf(detail, size, "\"%s\", verification flags 0x%x", name, (unsigned)flags);
		break;
	}
}

int tls_verify(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
	tls_verifier_t *verifier = context;
	int64_t now = verifier->now(verifier->context);
	*flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
	if (now > seconds_from_time(&certificate->valid_to))
		*flags |= MBEDTLS_X509_BADCERT_EXPIRED;
	if (now < seconds_from_time(&certificate->valid_from))
		*flags |= MBEDTLS_X509_BADCERT_FUTURE;
	if (depth == 0) {
		mbedtls_x509_dn_gets(verifier->subject, sizeof verifier->subject, &certificate->subject);
		tls_compat_sha256(certificate->raw.p, certificate->raw.len, verifier->sha256);
		verifier->valid_from = seconds_from_time(&certificate->valid_from);
		verifier->server_signer = tls_signer_of_key(&certificate->pk);
		verifier->server_key_bits = mbedtls_pk_get_bitlen(&certificate->pk);
		bool is_for_other = verifier->address_size && !is_for_address(verifier, certificate);
		if (is_for_other || !has_alternative_names(certificate))
			*flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
	}
	if (has_name_constraints(certificate))
		*flags |= NAME_CONSTRAINTS;
	size_t rank = rank_of_flags(*flags);
	if (rank < rank_of_reason(verifier->reason)) {
		verifier->reason = faults[rank].reason;
		describe(verifier, certificate, *flags, now);
	}
	return 0;
}

void tls_verify_usage(tls_verifier_t *verifier, uint32_t flags)
{
	bool is_known = flags != UINT32_MAX && verifier->reason == TLS_REASON_NONE;
	if (!is_known || !(flags & (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE)))
		return;
	verifier->reason = TLS_REASON_BAD_CERTIFICATE;
	snprintf(verifier->detail, sizeof verifier->detail, "\"%s\": its %skey usage does not include it",
		verifier->subject, flags & MBEDTLS_X509_BADCERT_KEY_USAGE ? "" : "extended ");
}
