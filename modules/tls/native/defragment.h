/* SPDX-License-Identifier: MIT */
/*
 * Handshake messages that a server spreads over several records (RFC 5246 section 6.2.1, RFC 8446 section 5.1). Mbed
 * TLS 2.28 takes none, 3.6 and 4.0 only those whose first record holds the message's header. So each message that is
 * not encrypted is given to it in one record, by writing a header in front of it and leaving out those in between.
 * Nothing is stored but headers.
 */
#ifndef TLS_DEFRAGMENT_H
#define TLS_DEFRAGMENT_H

#include "fifo.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_HEADER = 5, MESSAGE_HEADER = 4 };

/* The longest payload of a record that is not encrypted, RFC 8446 section 5.1. */
enum { RECORD_PLAINTEXT_MOST = 16384 };

/* Zeroed, it is at the beginning of a connection. */
typedef struct {
	uint8_t record[RECORD_HEADER];
	size_t record_size; /* bytes of that header that have come */
	size_t left;		/* bytes of the record's payload that are still to come */
	bool is_handshake;	/* it is of handshake messages, not encrypted */
	uint8_t message[MESSAGE_HEADER];
	size_t message_size; /* bytes of that header that have come */
	size_t body;		 /* bytes of the message's body that are still to come */
	uint8_t output[RECORD_HEADER + MESSAGE_HEADER];
	size_t output_size, output_head;
	size_t too_long;   /* length of a message that is longer than any record; 0: there was none */
	size_t announced;  /* length in the header that was given last */
	bool is_encrypted; /* ChangeCipherSpec has come: records are passed on as they are */
	bool is_broken;	   /* another record came in the middle of a message */
} defragmenter_t;

/* Gives up to `size` bytes, taken from `input`; returns how many. Nothing more once it is broken. */
size_t defragment(defragmenter_t *defragmenter, fifo_t *input, uint8_t *data, size_t size);

#endif
