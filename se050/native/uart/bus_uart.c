/* SPDX-License-Identifier: MIT */
/*
 * The simulator link over a UART of an ESP32 (docs/simulator-link.md, "Over a serial line"): the other end is
 * `npm run se050-sim -- --serial PORT`. The line has no connection and no checksum, so that a response that does not
 * come or does not fit is a disturbance, and the next transaction begins with HELLO.
 */
#include "bus_uart.h"
#include "sim_link.h"
#include "time_idf.h"

#include "driver/uart.h"
#include "freertos/FreeRTOS.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PORT = 1, /* 0 is the console */
	BAUD = 115200,
	BUFFER = 2048,		/* bytes; a response has at most 1027 */
	PATIENCE_MS = 2000, /* for a response, the time on the line not counted: an I2C block takes 0.2 s at 10 kHz */
	QUIET_US = 150000,	/* the simulator drops a request that pauses for 100 ms */
	BITS_PER_BYTE = 10
};

struct bus_uart {
	struct sim_link link;
	int tx, rx, port, baud;
	uint32_t hz;
	bool installed;
	bool greeted;
};

static bool send_bytes(struct sim_link *link, const uint8_t *data, size_t length)
{
	const struct bus_uart *bus = (const struct bus_uart *)link;
	if (uart_write_bytes((uart_port_t)bus->port, data, length) == (int)length)
		return true;
	return sim_link_fail(link, "the UART cannot send");
}

static bool receive_bytes(struct sim_link *link, uint8_t *data, size_t length)
{
	const struct bus_uart *bus = (const struct bus_uart *)link;
	uint32_t ms = PATIENCE_MS + (uint32_t)length * BITS_PER_BYTE * 1000 / (uint32_t)bus->baud;
	if (uart_read_bytes((uart_port_t)bus->port, data, (uint32_t)length, pdMS_TO_TICKS(ms)) == (int)length)
		return true;
	return sim_link_fail(link,
		"the simulator does not respond: start it with --serial and the same --baud, and check that TX and RX are "
		"crossed");
}

/* After a failure the line is left quiet, until the simulator has dropped what was incomplete. */
static bool greet(struct bus_uart *bus)
{
	if (bus->greeted)
		return true;
	idf_sleep(QUIET_US);
	uart_flush_input((uart_port_t)bus->port);
	bus->greeted = sim_link_greet(&bus->link, bus->hz);
	if (bus->greeted && bus->link.is_virtual) {
		bus->greeted = false;
		sim_link_fail(&bus->link, "a serial line needs the simulator's real clock: leave --clock virtual out");
	}
	return bus->greeted;
}

static bus_result settle(struct bus_uart *bus, bus_result result)
{
	if (result != BUS_ERROR)
		return result;
	bus->greeted = false;
	return BUS_DISTURBED;
}

static bus_result uart_write(bus_t *base, const uint8_t *frame, size_t length)
{
	struct bus_uart *bus = (struct bus_uart *)base;
	return greet(bus) ? settle(bus, sim_link_write(base, frame, length)) : BUS_DISTURBED;
}

static bus_result uart_read(bus_t *base, uint8_t *buffer, size_t length)
{
	struct bus_uart *bus = (struct bus_uart *)base;
	return greet(bus) ? settle(bus, sim_link_read(base, buffer, length)) : BUS_DISTURBED;
}

static bus_result uart_sleep(bus_t *base, uint32_t microseconds)
{
	(void)base;
	idf_sleep(microseconds);
	return BUS_OK;
}

static uint64_t uart_now(bus_t *base)
{
	(void)base;
	return idf_now();
}

static void uart_close(bus_t *base)
{
	struct bus_uart *bus = (struct bus_uart *)base;
	if (bus->installed)
		uart_driver_delete((uart_port_t)bus->port);
	free(bus);
}

static const struct bus_operations operations = {
	.write = uart_write, .read = uart_read, .sleep = uart_sleep, .now = uart_now, .close = uart_close
};

static int *value_named(struct bus_uart *bus, const char *name, size_t length)
{
	const struct {
		const char *name;
		int *value;
	} known[] = { { "tx", &bus->tx }, { "rx", &bus->rx }, { "port", &bus->port }, { "baud", &bus->baud } };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0)
			return known[i].value;
	return NULL;
}

static bool parse(struct bus_uart *bus, const char *where)
{
	for (;;) {
		size_t length = strcspn(where, "=");
		int *value = value_named(bus, where, length);
		if (value == NULL || where[length + 1] < '0' || where[length + 1] > '9')
			return false;
		char *end;
		long number = strtol(where + length + 1, &end, 10);
		if (number > 5000000 || (*end != ',' && *end != '\0'))
			return false;
		*value = (int)number;
		if (*end == '\0')
			return bus->tx >= 0 && bus->rx >= 0 && bus->port > 0 && bus->port < UART_NUM_MAX && bus->baud >= 9600;
		where = end + 1;
	}
}

static esp_err_t open_port(struct bus_uart *bus)
{
	const uart_config_t config = { .baud_rate = bus->baud,
		.data_bits = UART_DATA_8_BITS,
		.parity = UART_PARITY_DISABLE,
		.stop_bits = UART_STOP_BITS_1,
		.flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
		.source_clk = UART_SCLK_DEFAULT };
	uart_port_t port = (uart_port_t)bus->port;
	esp_err_t error = uart_driver_install(port, BUFFER, 0, 0, NULL, 0);
	bus->installed = error == ESP_OK;
	if (error == ESP_OK)
		error = uart_param_config(port, &config);
	if (error == ESP_OK)
		error = uart_set_pin(port, bus->tx, bus->rx, UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE);
	return error;
}

bus_t *bus_uart_open(const char *where, const struct bus_options *options, char *reason, size_t size)
{
	struct bus_uart *bus = calloc(1, sizeof *bus);
	if (bus == NULL) {
		snprintf(reason, size, "uart:%s: out of memory", where);
		return NULL;
	}
	struct sim_link *link = &bus->link;
	link->base.operations = &operations;
	link->send = send_bytes;
	link->receive = receive_bytes;
	link->address = options->address;
	bus->hz = options->hz;
	bus->tx = bus->rx = -1;
	bus->port = PORT;
	bus->baud = BAUD;
	if (!parse(bus, where)) {
		snprintf(reason, size,
			"uart:%s is not a serial line: use uart:tx=17,rx=16 with GPIO numbers of this chip, "
			"and ,baud=… and ,port=… (1 to %d) where they differ from %d and %d",
			where, UART_NUM_MAX - 1, BAUD, PORT);
		uart_close(&link->base);
		return NULL;
	}
	esp_err_t error = open_port(bus);
	if (error == ESP_OK)
		return &link->base;
	snprintf(reason, size,
		"uart:%s: esp_err_t 0x%x from the UART driver: check the pins, and that nothing else uses them", where,
		(unsigned)error);
	uart_close(&link->base);
	return NULL;
}
