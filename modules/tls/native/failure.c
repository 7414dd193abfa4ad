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
	[TLS_REASON_CLOCK_NOT_SET] = { "clock-not-set", "the clock is not set, so no certificate's validity can be checked",
		"Set the time (SNTP) before connecting" },
	[TLS_REASON_PEER_ALERT] = { "peer-alert", "the server sent a fatal alert", "" },
	[TLS_REASON_PEER_CLOSED] = { "peer-closed", "the server closed the connection in the handshake",
		"Check port and endpoint name; on port 443, AWS IoT also wants ALPN \"x-amzn-mqtt-ca\"" },
	[TLS_REASON_TRUNCATED] = { "truncated", "the TCP connection ended without close_notify",
		"In the handshake: wrong port, or the server refused without saying so; later: the network or the server dropped the connection" },
	[TLS_REASON_UNKNOWN_ISSUER] = { "unknown-issuer", "the server's certificate is not issued under a trusted root",
		"This is not the endpoint the roots were made for (AWS IoT: use the iot:Data-ATS endpoint), or a root is missing" },
	[TLS_REASON_WRONG_NAME] = { "wrong-name", "the server's certificate is for another name",
		"Check the endpoint's name for typing errors, and the address it resolves to" },
	[TLS_REASON_EXPIRED] = { "expired", "a certificate of the server's chain has expired",
		"Check the device's clock; if it is right, the server must renew its certificate" },
	[TLS_REASON_NOT_YET_VALID] = { "not-yet-valid", "a certificate of the server's chain is not valid yet",
		"The device's clock is probably behind: synchronise it" },
	[TLS_REASON_WEAK_CERTIFICATE] = { "weak-certificate",
		"a certificate of the server's chain has a key or a hash that is too weak",
		"The server needs RSA of at least 2048 bits or a NIST curve of at least P-256, and SHA-256 or stronger" },
	[TLS_REASON_BAD_CERTIFICATE] = { "bad-certificate", "the server's certificate cannot be used",
		"The server needs a certificate made for TLS servers (key usage, extended key usage, curve P-256 or P-384)" },
	[TLS_REASON_PROTOCOL_VERSION] = { "protocol-version",
		"the server does not speak a TLS version that is allowed here",
		"AWS IoT speaks TLS 1.2 and 1.3: check the endpoint and the version options" },
	[TLS_REASON_NEGOTIATION] = { "negotiation",
		"the server chose or signed something that was not offered or is not right",
		"The server is faulty, or something between it and the device alters the traffic" },
	[TLS_REASON_SIGNING] = { "signing", "the device's key did not sign",
		"See the key's own message; the connection cannot be authenticated without it" },
	[TLS_REASON_BAD_RECORD] = { "bad-record", "a record is not TLS, corrupted or forged",
		"In the handshake: this port does not speak TLS; later: the traffic was altered" },
	[TLS_REASON_UNEXPECTED_MESSAGE] = { "unexpected-message", "the server sent a message that does not belong here",
		"The server is faulty, or uses a part of TLS that this client does not (renegotiation, key update)" },
	[TLS_REASON_MEMORY] = { "memory", "out of memory", "A handshake needs the heap that docs/tls.md states" },
	[TLS_REASON_INTERNAL] = { "internal", "the TLS library failed", "Please report it with the code" },
};

static const char *const steps[] = {
	[TLS_STEP_SETUP] = "setup",
	[TLS_STEP_HANDSHAKE] = "handshake",
	[TLS_STEP_READING] = "reading",
	[TLS_STEP_WRITING] = "writing",
};

/* What the alert means for whom: RFC 8446 section 6.2. */
typedef enum {
	ALERT_OTHER,	   /* the advice says it all */
	ALERT_CERTIFICATE, /* about the client's certificate, once that was sent */
} alert_kind;

typedef struct {
	uint8_t number;
	alert_kind kind;
	const char *name;
	const char *advice;
} alert_text_t;

static const char refused_certificate[] =
	"AWS IoT does not accept this device: its certificate is not registered in this account and region, is not ACTIVE, "
	"or the server name sent is not the account's complete endpoint name";

static const alert_text_t alerts[] = {
	{ 10, ALERT_OTHER, "unexpected_message", "The server did not expect what this client sent" },
	{ 20, ALERT_OTHER, "bad_record_mac", "The traffic was altered between the device and the server" },
	{ 21, ALERT_OTHER, "decryption_failed", "The traffic was altered between the device and the server" },
	{ 22, ALERT_OTHER, "record_overflow", "The server takes only smaller records" },
	{ 40, ALERT_CERTIFICATE, "handshake_failure",
		"No TLS version (1.2 or newer), cipher suite, curve or signature algorithm in common, or the server wants a client certificate" },
	{ 42, ALERT_CERTIFICATE, "bad_certificate", "The server wants a client certificate" },
	{ 43, ALERT_CERTIFICATE, "unsupported_certificate", "The server does not take this kind of certificate" },
	{ 44, ALERT_CERTIFICATE, "certificate_revoked", "The server has revoked the certificate" },
	{ 45, ALERT_CERTIFICATE, "certificate_expired", "The server considers the certificate expired" },
	{ 46, ALERT_CERTIFICATE, "certificate_unknown", "The server does not know the certificate" },
	{ 47, ALERT_OTHER, "illegal_parameter", "The server rejects a parameter of the handshake" },
	{ 48, ALERT_CERTIFICATE, "unknown_ca", "The server does not know the certificate's issuer" },
	{ 49, ALERT_CERTIFICATE, "access_denied", "The server denies access" },
	{ 50, ALERT_OTHER, "decode_error", "The server could not parse what this client sent" },
	{ 51, ALERT_OTHER, "decrypt_error",
		"The server could not verify the signature: key and certificate are not a pair" },
	{ 70, ALERT_OTHER, "protocol_version",
		"The server does not speak a TLS version that is allowed here; AWS IoT speaks 1.2 and 1.3" },
	{ 71, ALERT_OTHER, "insufficient_security", "The server wants stronger cipher suites" },
	{ 80, ALERT_OTHER, "internal_error",
		"The server has a fault of its own, or is limited to versions older than TLS 1.2, which OpenSSL tells this way; AWS IoT speaks 1.2 and 1.3" },
	{ 86, ALERT_OTHER, "inappropriate_fallback", "The server speaks a newer TLS version than was offered" },
	{ 90, ALERT_OTHER, "user_canceled", "The server gave up the handshake" },
	{ 109, ALERT_OTHER, "missing_extension", "The server wants an extension that was not sent" },
	{ 110, ALERT_OTHER, "unsupported_extension", "The server rejects an extension" },
	{ 112, ALERT_OTHER, "unrecognized_name",
		"The server does not know the server name sent: use the complete endpoint name" },
	{ 113, ALERT_OTHER, "bad_certificate_status_response", "The server rejects the certificate's status" },
	{ 115, ALERT_OTHER, "unknown_psk_identity", "The server does not know the pre-shared key" },
	{ 116, ALERT_OTHER, "certificate_required", "The server wants a client certificate and got none" },
	{ 120, ALERT_OTHER, "no_application_protocol",
		"The server does not speak the ALPN protocol; AWS IoT on port 443 wants \"x-amzn-mqtt-ca\"" },
};

static const alert_text_t unknown_alert = { 0, ALERT_OTHER, "unknown alert",
	"The number is in IANA's registry of TLS alerts" };

static const alert_text_t *find_alert(uint8_t number)
{
	for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
		if (alerts[i].number == number)
			return &alerts[i];
	return &unknown_alert;
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
	bool detailed = detail && *detail;
	failure->step = step;
	failure->reason = reason;
	failure->code = code;
	snprintf(failure->message, sizeof failure->message, "TLS %s: %s%s%s%s. %s.", steps[step], text->what,
		detailed ? " (" : "", detailed ? detail : "", detailed ? ")" : "", text->advice);
}

void tls_failure_set_alert(tls_failure_t *failure, tls_step step, uint8_t number, bool certificate_sent)
{
	const alert_text_t *alert = find_alert(number);
	const char *advice = certificate_sent && alert->kind == ALERT_CERTIFICATE ? refused_certificate : alert->advice;
	failure->step = step;
	failure->reason = TLS_REASON_PEER_ALERT;
	failure->code = number;
	snprintf(failure->message, sizeof failure->message, "TLS %s: %s (%u, %s). %s.", steps[step],
		reasons[TLS_REASON_PEER_ALERT].what, (unsigned)number, alert->name, advice);
}
