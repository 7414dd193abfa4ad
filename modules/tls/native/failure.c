/* SPDX-License-Identifier: MIT */
#include "failure.h"

#include <stdio.h>
#include <string.h>

typedef struct {
	const char *name;
	const char *what;
	const char *advice;
} reason_text_t;

static const reason_text_t reasons[] = {
	[TLS_REASON_NONE] = { "none", "no failure", "" },
	[TLS_REASON_OPTIONS] = { "options", "an option cannot be used", "Correct it and connect again" },
	[TLS_REASON_CLOCK_NOT_SET] = { "clock-not-set",
		"the clock is not set, so the dates of certificates cannot be checked",
		"Set the time (SNTP) before connecting" },
	[TLS_REASON_PEER_ALERT] = { "peer-alert", "the server sent a fatal alert", "" },
	[TLS_REASON_PEER_CLOSED] = { "peer-closed", "the server closed the connection during the handshake",
		"Check port and endpoint name; on port 443, AWS IoT also requires ALPN \"x-amzn-mqtt-ca\"" },
	[TLS_REASON_TRUNCATED] = { "truncated", "the TCP connection ended without close_notify",
		"Wrong port, the server refused without giving a reason, or the network dropped the connection" },
	[TLS_REASON_UNKNOWN_ISSUER] = { "unknown-issuer", "the server's certificate is not issued under a trusted root",
		"This is not the endpoint that the roots are for (AWS IoT: use the iot:Data-ATS endpoint), or a root is missing" },
	[TLS_REASON_WRONG_NAME] = { "wrong-name", "the server's certificate is for another name",
		"Check the endpoint's name for typing errors, and the address it resolves to" },
	[TLS_REASON_EXPIRED] = { "expired", "a certificate in the server's chain has expired",
		"Check the device's clock; if it is right, the server must renew its certificate" },
	[TLS_REASON_NOT_YET_VALID] = { "not-yet-valid", "a certificate in the server's chain is not valid yet",
		"The device's clock is probably slow: synchronize it" },
	[TLS_REASON_WEAK_CERTIFICATE] = { "weak-certificate",
		"a certificate in the server's chain has a key or a hash that is too weak",
		"The server needs RSA of at least 2048 bits, P-256, P-384 or P-521, and SHA-256 or stronger" },
	[TLS_REASON_BAD_CERTIFICATE] = { "bad-certificate", "the server's certificate is not for a TLS server",
		"The server needs a certificate whose key usage and extended key usage allow it" },
	[TLS_REASON_MALFORMED_CERTIFICATE] = { "bad-certificate", "the server's certificate cannot be parsed",
		"The server is faulty, or something between it and the device alters the traffic" },
	[TLS_REASON_UNSUPPORTED_CERTIFICATE] = { "unsupported-certificate",
		"a certificate in the server's chain has something that this client does not accept",
		"It accepts what AWS IoT's chains have: ECDSA or RSA with SHA-2, no name constraints, no unknown critical extension" },
	[TLS_REASON_PROTOCOL_VERSION] = { "protocol-version", "the server answered in a TLS version that was not offered",
		"AWS IoT speaks TLS 1.2 and 1.3: check the endpoint, and the version options" },
	[TLS_REASON_NEGOTIATION] = { "negotiation",
		"the server chose or signed something that was not offered or is not right",
		"The server is faulty, or something between it and the device alters the traffic" },
	[TLS_REASON_SIGNING] = { "signing", "the device's key did not sign",
		"See the key's own message; the connection cannot be authenticated without it" },
	[TLS_REASON_LIMIT] = { "limit", "the server wants something that this client cannot do",
		"This is a limit of this client, not a fault of the server" },
	[TLS_REASON_BAD_RECORD] = { "bad-record", "a record is not TLS, corrupted or forged",
		"This port does not speak TLS, or the traffic was altered" },
	[TLS_REASON_UNEXPECTED_MESSAGE] = { "unexpected-message", "the server sent a message that does not belong here",
		"The server is faulty, or uses a part of TLS that this client does not support (renegotiation, key update)" },
	[TLS_REASON_MEMORY] = { "memory", "out of memory", "A handshake needs the heap that docs/tls.md states" },
	[TLS_REASON_INTERNAL] = { "internal", "the TLS library failed", "Please report it with the code" },
};

static const char *const steps[] = {
	[TLS_STEP_SETUP] = "setup",
	[TLS_STEP_HANDSHAKE] = "handshake",
	[TLS_STEP_READING] = "reading",
	[TLS_STEP_WRITING] = "writing",
};

/* What an alert means (RFC 8446 section 6.2) by what it answers. NULL: the same as without a certificate. */
typedef struct {
	uint8_t number;
	const char *name;
	const char *advice;
	const char *certificate; /* after the device's certificate */
	const char *in_use;		 /* after the handshake */
} alert_text_t;

static const char altered[] = "The traffic was altered between the device and the server";
static const char wants_certificate[] = "The server wants a client certificate and got none";

static const alert_text_t alerts[] = {
	{ 10, "unexpected_message", "The server did not expect what this client sent", NULL, NULL },
	{ 20, "bad_record_mac", altered, NULL, NULL },
	{ 21, "decryption_failed", altered, NULL, NULL },
	{ 22, "record_overflow", "The server accepts only smaller records", NULL, NULL },
	{ 40, "handshake_failure",
		"There is no cipher suite, curve, signature scheme or TLS version in common, or the server wants a client "
		"certificate",
		"The server ended the handshake after it got the device's certificate, without saying why: it may accept no "
		"signature scheme of this key, or not this certificate",
		"The server wanted another handshake on this connection (renegotiation), which this client does not do" },
	{ 42, "bad_certificate", wants_certificate,
		"The server finds the device's certificate corrupt, or its signature wrong: compare it with the one that was "
		"registered",
		"The server no longer accepts the device's certificate" },
	{ 43, "unsupported_certificate", wants_certificate,
		"The server does not accept this kind of certificate or key from a device",
		"The server no longer accepts the device's certificate" },
	{ 44, "certificate_revoked", wants_certificate,
		"The device's certificate is revoked: register and activate another one",
		"The device's certificate was revoked while the connection was in use" },
	{ 45, "certificate_expired", wants_certificate,
		"The device's certificate has expired or is not valid yet: compare its dates; if they are over, the device needs "
		"a new certificate",
		"The device's certificate has expired while the connection was in use" },
	{ 46, "certificate_unknown", wants_certificate,
		"AWS IoT does not accept this device: its certificate is not registered in this account and region, is not "
		"ACTIVE, or the server name sent is not the account's complete endpoint name",
		"The server no longer accepts the device's certificate: it was probably deactivated or deleted" },
	{ 47, "illegal_parameter", "The server rejects a parameter of the handshake", NULL,
		"The server rejects something that this client sent" },
	{ 48, "unknown_ca", wants_certificate,
		"The server does not know the issuer of the device's certificate: register the certificate itself, or send its "
		"intermediate certificates too; AWS IoT needs no issuer for a certificate that is registered without a CA",
		"The server no longer accepts the issuer of the device's certificate" },
	{ 49, "access_denied", "The server denies access",
		"The server accepts the device's certificate, but denies it access", "The server denied what the device did" },
	{ 50, "decode_error", "The server could not parse what this client sent", NULL, NULL },
	{ 51, "decrypt_error", "The server could not verify the handshake",
		"The server could not verify the device's signature: key and certificate are not a pair", altered },
	{ 70, "protocol_version", "The server speaks none of the TLS versions that were offered", NULL, NULL },
	{ 71, "insufficient_security", "The server wants stronger cipher suites", NULL, NULL },
	{ 80, "internal_error",
		"The server has a fault of its own, or is limited to versions older than TLS 1.2 (OpenSSL says it like that)",
		"The server has a fault of its own", "The server has a fault of its own" },
	{ 86, "inappropriate_fallback", "The server speaks a newer TLS version than was offered", NULL, NULL },
	{ 90, "user_canceled", "The server gave up the handshake", NULL, "The server gave up the connection" },
	{ 109, "missing_extension", "The server wants an extension that was not sent", NULL, NULL },
	{ 110, "unsupported_extension", "The server rejects an extension", NULL, NULL },
	{ 112, "unrecognized_name", "The server does not know the server name sent: use the complete endpoint name", NULL,
		NULL },
	{ 113, "bad_certificate_status_response", "The server rejects the certificate's status", NULL, NULL },
	{ 115, "unknown_psk_identity", "The server does not know the pre-shared key", NULL, NULL },
	{ 116, "certificate_required", wants_certificate, NULL, NULL },
	{ 120, "no_application_protocol",
		"The server does not speak the ALPN protocol; AWS IoT on port 443 requires \"x-amzn-mqtt-ca\"", NULL, NULL },
};

static const alert_text_t unknown_alert = { 0, "unknown alert", "IANA's registry of TLS alerts has the number", NULL,
	NULL };

/* Those that a version which was not offered may cause. */
static bool is_about_version(uint8_t number, tls_stage stage)
{
	return stage == TLS_STAGE_HELLO && (number == 40 || number == 70 || number == 80 || number == 86);
}

static const char *advice_of(const alert_text_t *alert, tls_stage stage)
{
	const char *advice = stage == TLS_STAGE_CERTIFICATE ? alert->certificate
		: stage == TLS_STAGE_IN_USE						? alert->in_use
														: alert->advice;
	return advice ? advice : alert->advice;
}

static const alert_text_t *find_alert(uint8_t number)
{
	for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
		if (alerts[i].number == number)
			return &alerts[i];
	return &unknown_alert;
}

/* What to do about a reason that has another cause once the connection is in use; NULL for the others. */
static const char *advice_in_use(tls_reason reason)
{
	switch (reason) {
	case TLS_REASON_TRUNCATED:
		return "The network or the server dropped the connection";
	case TLS_REASON_BAD_RECORD:
		return altered;
	default:
		return NULL;
	}
}

const char *tls_step_name(tls_step step)
{
	return steps[step];
}

const char *tls_reason_name(tls_reason reason)
{
	return reasons[reason].name;
}

const char *tls_alert_name(uint8_t number)
{
	return find_alert(number)->name;
}

void tls_failure_set(tls_failure_t *failure, tls_step step, tls_reason reason, int code, const char *detail)
{
	const reason_text_t *text = &reasons[reason];
	const char *advice = step == TLS_STEP_READING || step == TLS_STEP_WRITING ? advice_in_use(reason) : NULL;
	bool detailed = detail && *detail;
	failure->step = step;
	failure->reason = reason;
	failure->code = code;
	snprintf(failure->message, sizeof failure->message, "TLS %s: %s%s%s%s. %s.", steps[step], text->what,
		detailed ? " (" : "", detailed ? detail : "", detailed ? ")" : "", advice ? advice : text->advice);
}

void tls_failure_set_alert(tls_failure_t *failure, tls_step step, uint8_t number, tls_stage stage, const char *offered)
{
	const alert_text_t *alert = find_alert(number);
	failure->step = step;
	failure->reason = TLS_REASON_PEER_ALERT;
	failure->code = number;
	int length = snprintf(failure->message, sizeof failure->message, "TLS %s: %s (%u, %s). %s.", steps[step],
		reasons[TLS_REASON_PEER_ALERT].what, (unsigned)number, alert->name, advice_of(alert, stage));
	if (is_about_version(number, stage))
		snprintf(failure->message + length, sizeof failure->message - (size_t)length,
			" AWS IoT speaks TLS 1.2 and 1.3; this device offers %s.", offered);
}
