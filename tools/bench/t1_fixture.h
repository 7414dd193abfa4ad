/* SPDX-License-Identifier: MIT */
/* What most tests of the data link begin with: a scripted chip, reset, and one exchange. */
#ifndef T1_FIXTURE_H
#define T1_FIXTURE_H

#include "t1_check.h"
#include "t1_scripted_bus.h"
#include "t1.h"

/* What t1_reset and a healthy chip say to each other. */
#define RESET "> 5A CF 00 37 7F\n< A5 EF 23 ATR 87 77\n"

/* GetVersion's bytes stand for any short command, 01 02 90 00 for its response. */
#define COMMAND "80040020"
#define RESPONSE "01029000"

struct fixture {
	struct scripted_bus bus;
	t1_t t1;
	uint8_t atr[T1_ATR_MAX];
	uint8_t response[1024];
	size_t length;
};

/* A link over a chip with that script. */
void fixture_open(struct fixture *fixture, const char *script);

/* The same after a successful t1_reset. The script begins after the reset. */
void fixture_open_reset(struct fixture *fixture, const char *script);

t1_result fixture_reset(struct fixture *fixture);

/* Exchanges a command in hexadecimal; the response is in fixture->response. */
t1_result fixture_exchange(struct fixture *fixture, const char *command);

/* Ends the test unless the response is these bytes. */
void fixture_check_response(const struct fixture *fixture, const char *expected);

/* One exchange of COMMAND on a fresh link, which must end in RESPONSE and with the script's end. */
void fixture_check_recovery(const char *script);

/* One exchange of COMMAND on a fresh link, which must fail so, and leave a link that wants a reset. */
void fixture_check_failure(const char *script, t1_result expected);

#endif
