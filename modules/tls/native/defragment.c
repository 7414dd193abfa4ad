/* SPDX-License-Identifier: MIT */
#include "defragment.h"

#include <string.h>

enum { CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22, TOO_LONG = 0xFFFF };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void emit(defragmenter_t *defragmenter, const uint8_t *bytes, size_t size)
{
	memcpy(defragmenter->output + defragmenter->output_size, bytes, size);
	defragmenter->output_size += size;
}

static void emit_record_header(defragmenter_t *defragmenter, size_t size)
{
	uint8_t record[RECORD_HEADER];
	memcpy(record, defragmenter->record, 3);
	record[3] = (uint8_t)(size >> 8);
	record[4] = (uint8_t)size;
	emit(defragmenter, record, sizeof record);
	defragmenter->announced = size;
}

static bool is_inside_message(const defragmenter_t *defragmenter)
{
	return defragmenter->message_size > 0 || defragmenter->body > 0;
}

/* A record's header is complete. What cannot be a piece of messages goes on as it is, to be judged by Mbed TLS. */
static void begin_record(defragmenter_t *defragmenter)
{
	const uint8_t *record = defragmenter->record;
	size_t size = (size_t)record[3] << 8 | record[4];
	bool is_piece = record[0] == HANDSHAKE && record[1] == 3 && size > 0 && size <= RECORD_PLAINTEXT_MOST;
	defragmenter->record_size = 0;
	defragmenter->left = size;
	defragmenter->is_handshake = is_piece && !defragmenter->is_encrypted;
	if (defragmenter->is_handshake)
		return;
	defragmenter->is_broken = is_inside_message(defragmenter);
	defragmenter->is_encrypted = defragmenter->is_encrypted || record[0] == CHANGE_CIPHER_SPEC;
	emit_record_header(defragmenter, size);
}

/* A message's header is complete. One that is longer than any record gets a length that Mbed TLS refuses. */
static void begin_message(defragmenter_t *defragmenter)
{
	const uint8_t *message = defragmenter->message;
	size_t body = (size_t)message[1] << 16 | (size_t)message[2] << 8 | message[3];
	size_t size = body <= RECORD_PLAINTEXT_MOST - MESSAGE_HEADER ? MESSAGE_HEADER + body : TOO_LONG;
	if (size == TOO_LONG)
		defragmenter->too_long = body;
	emit_record_header(defragmenter, size);
	emit(defragmenter, message, MESSAGE_HEADER);
	defragmenter->message_size = 0;
	defragmenter->body = body;
}

/* Takes bytes of a header; false: none has come. */
static bool take_header(defragmenter_t *defragmenter, fifo_t *input)
{
	uint8_t byte;
	if (!fifo_read(input, &byte, 1))
		return false;
	if (defragmenter->left == 0) {
		defragmenter->record[defragmenter->record_size++] = byte;
		if (defragmenter->record_size == RECORD_HEADER)
			begin_record(defragmenter);
		return true;
	}
	defragmenter->left--;
	defragmenter->message[defragmenter->message_size++] = byte;
	if (defragmenter->message_size == MESSAGE_HEADER)
		begin_message(defragmenter);
	return true;
}

static size_t take_output(defragmenter_t *defragmenter, uint8_t *data, size_t size)
{
	size_t count = least(size, defragmenter->output_size - defragmenter->output_head);
	memcpy(data, defragmenter->output + defragmenter->output_head, count);
	defragmenter->output_head += count;
	if (defragmenter->output_head == defragmenter->output_size)
		defragmenter->output_head = defragmenter->output_size = 0;
	return count;
}

static size_t take_payload(defragmenter_t *defragmenter, fifo_t *input, uint8_t *data, size_t size)
{
	size_t most = least(size, defragmenter->left);
	if (defragmenter->is_handshake)
		most = least(most, defragmenter->body);
	size_t count = fifo_read(input, data, most);
	defragmenter->left -= count;
	if (defragmenter->is_handshake)
		defragmenter->body -= count;
	return count;
}

size_t defragment(defragmenter_t *defragmenter, fifo_t *input, uint8_t *data, size_t size)
{
	size_t done = 0;
	while (done < size && !defragmenter->is_broken) {
		size_t count = 0;
		bool is_payload = defragmenter->left > 0 && (!defragmenter->is_handshake || defragmenter->body > 0);
		if (defragmenter->output_size > 0)
			count = take_output(defragmenter, data + done, size - done);
		else if (is_payload)
			count = take_payload(defragmenter, input, data + done, size - done);
		else if (take_header(defragmenter, input))
			continue;
		if (count == 0)
			break;
		done += count;
	}
	return done;
}
