/* SPDX-License-Identifier: MIT */
/*
 * The bus on an ESP32: ESP-IDF's i2c_master directly. The SDK's modI2C reports neither whether a transaction ended in a
 * NACK or a failure nor how long it took, has one time-out in milliseconds for any length, and cannot free a stuck bus.
 */
#include "bus.h"
#include "time_idf.h"

#include "driver/gpio.h"
#include "driver/i2c_master.h"
#include "esp_log.h"
#include "mc.defines.h"
#ifdef MODDEF_SE050_UART
#include "bus_uart.h"
#endif

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NO_PIN = -1,
	GLITCH_CLOCKS = 7,	 /* shorter pulses are ignored: ESP-IDF's "typically" */
	SLACK_MS = 20,		 /* scheduling, on top of twice a transaction's time on the wire */
	RESET_LOW_US = 5000, /* NXP's hosts hold ENA low for 2 ms … */
	RESET_HIGH_US = 5000 /* … and wait 3 to 5 ms before the first transaction */
};

struct pins {
	int sda;
	int scl;
	int ena; /* NO_PIN: not wired to a GPIO */
};

/* The pins that the SDK's manifest of a board has for its I2C connector. */
#if defined MODDEF_I2C_SDA_PIN && defined MODDEF_I2C_SCL_PIN
static const struct pins board_pins = { MODDEF_I2C_SDA_PIN, MODDEF_I2C_SCL_PIN, NO_PIN };
#else
static const struct pins board_pins = { NO_PIN, NO_PIN, NO_PIN };
#endif

struct bus_esp32 {
	bus_t base;
	i2c_master_bus_handle_t port;
	i2c_master_dev_handle_t device;
	struct pins pins;
	uint32_t hz;
	char text[160];
};

static bus_result fail(struct bus_esp32 *bus, bus_result result, const char *reason)
{
	bus->base.reason = reason;
	return result;
}

static int64_t time_on_wire_us(const struct bus_esp32 *bus, size_t length)
{
	return (int64_t)(length + 1) * 9 * 1000000 / bus->hz;
}

static int timeout_ms(const struct bus_esp32 *bus, size_t length)
{
	return (int)(time_on_wire_us(bus, length) * 2 / 1000) + SLACK_MS;
}

static bool is_high(int pin)
{
	return gpio_get_level((gpio_num_t)pin) != 0;
}

static bool is_free(const struct bus_esp32 *bus)
{
	return is_high(bus->pins.sda) && is_high(bus->pins.scl);
}

/* Nine clocks and a STOP, and a reset of the controller: frees an SDA that a chip holds in the middle of a byte. */
static bool free_bus(struct bus_esp32 *bus)
{
	if (!is_high(bus->pins.scl))
		return false;
	return i2c_master_bus_reset(bus->port) == ESP_OK && is_free(bus);
}

static const char *power_remedy(const struct bus_esp32 *bus)
{
	return bus->pins.ena == NO_PIN
		? "switch the chip's power off and on, or wire its ENA pin to a GPIO and give ena=…"
		: "the ENA pin is used to switch the chip off and on; check that it is wired as given";
}

static bus_result held_low(struct bus_esp32 *bus)
{
	if (!is_high(bus->pins.scl))
		snprintf(bus->text, sizeof bus->text,
			"SCL is held low: check the wiring, the pull-ups, and that the chip has power");
	else
		snprintf(
			bus->text, sizeof bus->text, "SDA is held low, and nine clocks did not free it: %s", power_remedy(bus));
	return fail(bus, BUS_DISTURBED, bus->text);
}

/*
 * ESP-IDF v6.0 answers ESP_ERR_INVALID_RESPONSE to a NACK, to a lost arbitration and to a time-out alike, and has reset
 * the controller by then, so that only the lines and the clock can tell them apart. A NACK leaves the lines high and
 * comes before the time-out, unless the task or the interrupt had to wait: for Wi-Fi, or while flash is erased. What
 * comes later may be either, and how far it came is not known.
 */
static bus_result transfer_failed(struct bus_esp32 *bus, esp_err_t error, uint64_t elapsed_us, int limit_ms)
{
	if (!is_free(bus))
		return free_bus(bus) ? fail(bus, BUS_DISTURBED, "SDA was held low until nine clocks freed it: check the wiring")
							 : held_low(bus);
	if (error == ESP_ERR_INVALID_RESPONSE && elapsed_us < (uint64_t)limit_ms * 1000)
		return BUS_NACK;
	if (error == ESP_ERR_INVALID_RESPONSE || error == ESP_ERR_TIMEOUT)
		return fail(bus, BUS_DISTURBED, "transactions do not end in time: check the pull-ups and the clock of the bus");
	snprintf(bus->text, sizeof bus->text, "the I2C driver answered esp_err_t 0x%x: check the pins and the clock",
		(unsigned)error);
	return fail(bus, BUS_DISTURBED, bus->text);
}

static bus_result esp32_write(bus_t *base, const uint8_t *frame, size_t length)
{
	struct bus_esp32 *bus = (struct bus_esp32 *)base;
	int limit = timeout_ms(bus, length);
	uint64_t start = idf_now();
	if (length == 0)
		return fail(bus, BUS_ERROR, "an empty write would stall the chip");
	esp_err_t error = i2c_master_transmit(bus->device, frame, length, limit);
	return error == ESP_OK ? BUS_OK : transfer_failed(bus, error, idf_now() - start, limit);
}

static bus_result esp32_read(bus_t *base, uint8_t *buffer, size_t length)
{
	struct bus_esp32 *bus = (struct bus_esp32 *)base;
	int limit = timeout_ms(bus, length);
	uint64_t start = idf_now();
	if (length < BUS_READ_MIN)
		return fail(bus, BUS_ERROR, "a read of less than two bytes could stall the chip");
	esp_err_t error = i2c_master_receive(bus->device, buffer, length, limit);
	return error == ESP_OK ? BUS_OK : transfer_failed(bus, error, idf_now() - start, limit);
}

/* Switches the chip off and on by its enable pin: a cold reset, after which nothing of an earlier session is left. */
static esp_err_t reset_chip(int ena)
{
	const gpio_config_t output = { .pin_bit_mask = UINT64_C(1) << ena, .mode = GPIO_MODE_OUTPUT };
	esp_err_t error = gpio_config(&output);
	if (error == ESP_OK)
		error = gpio_set_level((gpio_num_t)ena, 0);
	if (error != ESP_OK)
		return error;
	idf_sleep(RESET_LOW_US);
	error = gpio_set_level((gpio_num_t)ena, 1);
	idf_sleep(RESET_HIGH_US);
	return error;
}

static bus_result esp32_sleep(bus_t *base, uint32_t microseconds)
{
	(void)base;
	idf_sleep(microseconds);
	return BUS_OK;
}

static uint64_t esp32_now(bus_t *base)
{
	(void)base;
	return idf_now();
}

static void esp32_close(bus_t *base)
{
	struct bus_esp32 *bus = (struct bus_esp32 *)base;
	if (bus->device != NULL)
		i2c_master_bus_rm_device(bus->device);
	if (bus->port != NULL)
		i2c_del_master_bus(bus->port);
	free(bus);
}

static bool esp32_restart(bus_t *base)
{
	struct bus_esp32 *bus = (struct bus_esp32 *)base;
	return bus->pins.ena != NO_PIN && reset_chip(bus->pins.ena) == ESP_OK;
}

static const struct bus_operations operations = { .write = esp32_write,
	.read = esp32_read,
	.sleep = esp32_sleep,
	.now = esp32_now,
	.restart = esp32_restart,
	.close = esp32_close };

static int *pin_named(struct pins *pins, const char *name)
{
	if (strncmp(name, "sda=", 4) == 0)
		return &pins->sda;
	if (strncmp(name, "scl=", 4) == 0)
		return &pins->scl;
	if (strncmp(name, "ena=", 4) == 0)
		return &pins->ena;
	return NULL;
}

/* "sda=21,scl=22,ena=4", in any order. */
static bool parse_list(const char *list, struct pins *pins)
{
	for (;; list++) {
		int *pin = pin_named(pins, list);
		if (pin == NULL || list[4] < '0' || list[4] > '9')
			return false;
		char *end;
		long number = strtol(list + 4, &end, 10);
		if (number >= GPIO_NUM_MAX || !GPIO_IS_VALID_OUTPUT_GPIO(number))
			return false;
		*pin = (int)number;
		list = end;
		if (*list != ',')
			return *list == '\0';
	}
}

/* "i2c:sda=21,scl=22", with ",ena=4" where ENA is wired; without sda and scl, as "i2c" or "i2c:ena=4", the board's own.
 */
static bool parse_pins(const char *name, struct pins *pins)
{
	*pins = (struct pins){ NO_PIN, NO_PIN, NO_PIN };
	if (strncmp(name, "i2c", 3) != 0)
		return false;
	if (name[3] != '\0' && (name[3] != ':' || !parse_list(name + 4, pins)))
		return false;
	if (pins->sda == NO_PIN && pins->scl == NO_PIN) {
		pins->sda = board_pins.sda;
		pins->scl = board_pins.scl;
	}
	return pins->sda != NO_PIN && pins->scl != NO_PIN;
}

static esp_err_t open_port(struct bus_esp32 *bus, const struct bus_options *options)
{
	const i2c_master_bus_config_t port = { .i2c_port = -1,
		.sda_io_num = (gpio_num_t)bus->pins.sda,
		.scl_io_num = (gpio_num_t)bus->pins.scl,
		.clk_source = I2C_CLK_SRC_DEFAULT,
		.glitch_ignore_cnt = GLITCH_CLOCKS,
		.flags.enable_internal_pullup = true };
	const i2c_device_config_t device = {
		.dev_addr_length = I2C_ADDR_BIT_LEN_7, .device_address = options->address, .scl_speed_hz = options->hz
	};
	esp_err_t error = i2c_new_master_bus(&port, &bus->port);
	return error == ESP_OK ? i2c_master_bus_add_device(bus->port, &device, &bus->device) : error;
}

static bus_result open_esp32(struct bus_esp32 *bus, const struct bus_options *options)
{
	esp_err_t error = bus->pins.ena == NO_PIN ? ESP_OK : reset_chip(bus->pins.ena);
	if (error == ESP_OK)
		error = open_port(bus, options);
	if (error != ESP_OK) {
		snprintf(bus->text, sizeof bus->text,
			"esp_err_t 0x%x from the I2C driver: check the pins, and that nothing else uses them", (unsigned)error);
		return fail(bus, BUS_ERROR, bus->text);
	}
	/* Polling a busy chip is answered by NACKs, one log line each. */
	esp_log_level_set("i2c.master", ESP_LOG_NONE);
	return BUS_OK;
}

static const char uart_prefix[] = "uart:";

/* A simulated chip on a serial line, for builds that have it. */
static bus_t *open_uart(const struct bus_options *options, char *reason, size_t size)
{
#ifdef MODDEF_SE050_UART
	return bus_uart_open(options->name + sizeof uart_prefix - 1, options, reason, size);
#else
	snprintf(reason, size, "%s: this build has no simulated chip on a serial line: build with esp32/uart.json",
		options->name);
	return NULL;
#endif
}

bus_t *bus_open(const struct bus_options *options, char *reason, size_t size)
{
	if (strncmp(options->name, uart_prefix, sizeof uart_prefix - 1) == 0)
		return open_uart(options, reason, size);
	struct pins pins;
	if (!parse_pins(options->name, &pins)) {
		snprintf(reason, size,
			"\"%s\" is not a bus: use i2c:sda=21,scl=22 with GPIO numbers of this chip, and ,ena=… where ENA is wired",
			options->name);
		return NULL;
	}
	struct bus_esp32 *bus = calloc(1, sizeof *bus);
	if (bus == NULL) {
		snprintf(reason, size, "%s: out of memory", options->name);
		return NULL;
	}
	bus->base.operations = &operations;
	bus->pins = pins;
	bus->hz = options->hz;
	if (open_esp32(bus, options) == BUS_OK)
		return &bus->base;
	snprintf(reason, size, "%s: %s", options->name, bus->base.reason);
	esp32_close(&bus->base);
	return NULL;
}
