/* SPDX-License-Identifier: MIT */
/* A secure channel of known keys and challenges, for targets whose data link is the fuzzer's: they have their
 * t1_exchange. */
#ifndef FUZZ_CHANNEL_H
#define FUZZ_CHANNEL_H

#include "scp03.h"

/* Opens the channel; every command is counted. */
scp03_result fuzz_channel_open(scp03_t *scp03);

/*
 * The right answer to the command of the handshake with that number, 1 or 2. Returns its length, 0 for another number.
 * response has room for 33 bytes.
 */
size_t fuzz_channel_answer(unsigned number, uint8_t *response);

#endif
