/* SPDX-License-Identifier: MIT */
/*
 * The console's input over a model of ESP-IDF's UART driver: what comes on standard input arrives as the arguments say,
 * and what console.c hands on goes to standard output.
 *
 *   boot N   N bytes arrive before the driver is there; only as the first argument
 *   in N     N bytes arrive, with the interrupt on
 *   stall N  N bytes arrive with the interrupt off, as while the flash is written; then it is on again
 *   read     console.c looks for bytes
 */
#include "idf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIFO = 128, FULL_THRESHOLD = 120, RING = 2048 };

static struct {
	uint8_t fifo[FIFO], stash[FIFO], ring[RING];
	size_t fifo_length, stash_length, ring_length;
	/* The ring has no room for the stash: the FIFO is not emptied. */
	bool is_full, has_overflowed;
	uart_select_notif_callback_t callback;
} uart;

static void notify(uart_select_notif_t what)
{
	BaseType_t woken = 0;
	if (uart.callback != NULL)
		uart.callback(0, what, &woken);
}

/* Returns false when there is no room. */
static bool push(const uint8_t *bytes, size_t length)
{
	if (uart.ring_length + length > RING)
		return false;
	memcpy(uart.ring + uart.ring_length, bytes, length);
	uart.ring_length += length;
	return true;
}

static void empty_fifo(void)
{
	memcpy(uart.stash, uart.fifo, uart.fifo_length);
	uart.stash_length = uart.fifo_length;
	uart.fifo_length = 0;
	uart.is_full = !push(uart.stash, uart.stash_length);
	if (!uart.is_full)
		notify(UART_SELECT_READ_NOTIF);
}

/* The driver's interrupt. A time-out: nothing has come for some time. */
static void interrupt(bool timeout)
{
	if (!uart.is_full && (uart.fifo_length >= FULL_THRESHOLD || (timeout && uart.fifo_length > 0)))
		empty_fifo();
	if (!uart.has_overflowed)
		return;
	uart.fifo_length = 0;
	notify(UART_SELECT_ERROR_NOTIF);
	uart.has_overflowed = false;
}

static void arrive(uint8_t byte)
{
	if (uart.fifo_length == FIFO)
		uart.has_overflowed = true;
	else
		uart.fifo[uart.fifo_length++] = byte;
}

bool uart_is_driver_installed(uart_port_t port)
{
	(void)port;
	return false;
}

esp_err_t uart_driver_install(uart_port_t port, int rx_size, int tx_size, int queue_size, void *queue, int flags)
{
	assert(port == 0 && rx_size == RING && tx_size == 0 && queue_size == 0 && queue == NULL && flags == 0);
	uart.has_overflowed = false; /* it clears the interrupts that wait */
	interrupt(false);
	return ESP_OK;
}

esp_err_t uart_get_buffered_data_len(uart_port_t port, size_t *length)
{
	(void)port;
	*length = uart.ring_length;
	return ESP_OK;
}

void uart_set_select_notif_callback(uart_port_t port, uart_select_notif_callback_t callback)
{
	(void)port;
	uart.callback = callback;
}

static size_t take(uint8_t *bytes, size_t size)
{
	size_t length = uart.ring_length < size ? uart.ring_length : size;
	memcpy(bytes, uart.ring, length);
	uart.ring_length -= length;
	memmove(uart.ring, uart.ring + length, uart.ring_length);
	if (uart.is_full && push(uart.stash, uart.stash_length))
		uart.is_full = false;
	return length;
}

int uart_read_bytes(uart_port_t port, void *buffer, uint32_t size, uint32_t ticks)
{
	(void)port;
	assert(ticks == 0);
	size_t total = 0, length;
	while ((length = take((uint8_t *)buffer + total, size - total)) > 0)
		total += length;
	return (int)total;
}

esp_err_t uart_flush_input(uart_port_t port)
{
	(void)port;
	uart.ring_length = uart.fifo_length = 0;
	uart.is_full = false;
	return ESP_OK;
}

static void receive(size_t count, bool is_interrupt_on)
{
	int byte;
	while (count-- > 0 && (byte = getchar()) != EOF) {
		arrive((uint8_t)byte);
		if (is_interrupt_on)
			interrupt(false);
	}
}

static void look(void)
{
	xsMachine machine = { .length = 0 };
	xs_platform_console_read(&machine);
	fwrite(machine.bytes, 1, machine.length, stdout);
}

int main(int argc, char **argv)
{
	xsMachine machine;
	int at = 1;
	if (argc > 2 && strcmp(argv[1], "boot") == 0) {
		receive(strtoul(argv[2], NULL, 10), false);
		at = 3;
	}
	xs_platform_console_start(&machine);
	assert(machine.boolean);
	for (; at < argc; at++) {
		if (strcmp(argv[at], "read") == 0) {
			look();
			continue;
		}
		bool is_stall = strcmp(argv[at], "stall") == 0;
		assert(is_stall || strcmp(argv[at], "in") == 0);
		receive(strtoul(argv[++at], NULL, 10), !is_stall);
		interrupt(true);
	}
	return 0;
}
