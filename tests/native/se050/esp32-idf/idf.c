/* SPDX-License-Identifier: MIT */
/*
 * ESP-IDF's I2C master, pins and time as IDF_SCRIPT says, on a clock of its own. The script has a word for each thing
 * that happens, in order: "open" and then each transaction. What the driver is asked for goes to standard error. ok
 * nack   slow: ends by the time-out   busy: ESP_ERR_TIMEOUT   state: ESP_ERR_INVALID_STATE sda scl: fails and leaves
 * the line low; sda-freed: low until the bus is reset
 */
#include "idf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SDA = 21, SCL = 22 };

struct i2c_master_bus {
	int reset_frees;
};
struct i2c_master_dev {
	uint32_t hz;
};

static int64_t now;
static bool sda = true, scl = true, is_quiet;
static struct i2c_master_bus bus;
static struct i2c_master_dev device;
static const char *script;

/* The next word of the script; "ok" after its end. */
static const char *next_word(void)
{
	static char word[16];
	if (script == NULL)
		script = getenv("IDF_SCRIPT") != NULL ? getenv("IDF_SCRIPT") : "";
	size_t length = strcspn(script, " ");
	if (length == 0 || length >= sizeof word)
		return "ok";
	memcpy(word, script, length);
	word[length] = '\0';
	script += length + (script[length] == ' ');
	return word;
}

static esp_err_t happen(const char *word, int timeout_ms)
{
	if (strcmp(word, "ok") == 0)
		return ESP_OK;
	if (strcmp(word, "busy") == 0)
		return ESP_ERR_TIMEOUT;
	if (strcmp(word, "state") == 0)
		return ESP_ERR_INVALID_STATE;
	if (strcmp(word, "slow") == 0)
		now += timeout_ms * 1000;
	sda = strncmp(word, "sda", 3) != 0;
	scl = strcmp(word, "scl") != 0;
	bus.reset_frees = strcmp(word, "sda-freed") == 0;
	if (!is_quiet)
		fprintf(stderr, "E i2c.master: I2C transaction failed\n");
	return ESP_ERR_INVALID_RESPONSE;
}

esp_err_t gpio_config(const gpio_config_t *config)
{
	for (int pin = 0; pin < GPIO_NUM_MAX; pin++)
		if (config->pin_bit_mask >> pin & 1)
			fprintf(stderr, "gpio %d output\n", pin);
	return ESP_OK;
}

esp_err_t gpio_set_level(gpio_num_t pin, uint32_t level)
{
	fprintf(stderr, "gpio %d %u at %lld\n", pin, (unsigned)level, (long long)now);
	return ESP_OK;
}

int gpio_get_level(gpio_num_t pin)
{
	return pin == SDA ? sda : pin == SCL ? scl : 0;
}

esp_err_t i2c_new_master_bus(const i2c_master_bus_config_t *config, i2c_master_bus_handle_t *handle)
{
	const char *word = next_word();
	fprintf(stderr, "bus sda %d scl %d at %lld\n", config->sda_io_num, config->scl_io_num, (long long)now);
	*handle = strcmp(word, "state") == 0 ? NULL : &bus;
	if (*handle == NULL)
		return ESP_ERR_INVALID_STATE;
	sda = strncmp(word, "sda", 3) != 0;
	scl = strcmp(word, "scl") != 0;
	bus.reset_frees = strcmp(word, "sda-freed") == 0;
	return ESP_OK;
}

esp_err_t i2c_master_bus_add_device(
	i2c_master_bus_handle_t handle, const i2c_device_config_t *config, i2c_master_dev_handle_t *added)
{
	(void)handle;
	fprintf(stderr, "device %02x at %u Hz\n", config->device_address, (unsigned)config->scl_speed_hz);
	device.hz = config->scl_speed_hz;
	*added = &device;
	return ESP_OK;
}

esp_err_t i2c_master_bus_rm_device(i2c_master_dev_handle_t removed)
{
	(void)removed;
	fprintf(stderr, "device removed\n");
	return ESP_OK;
}

esp_err_t i2c_del_master_bus(i2c_master_bus_handle_t deleted)
{
	(void)deleted;
	fprintf(stderr, "bus deleted\n");
	return ESP_OK;
}

esp_err_t i2c_master_bus_reset(i2c_master_bus_handle_t handle)
{
	fprintf(stderr, "bus reset\n");
	sda = sda || handle->reset_frees;
	return ESP_OK;
}

static void pass_time(i2c_master_dev_handle_t handle, size_t size)
{
	now += (int64_t)(size + 1) * 9 * 1000000 / handle->hz;
}

esp_err_t i2c_master_transmit(i2c_master_dev_handle_t handle, const uint8_t *buffer, size_t size, int timeout_ms)
{
	fprintf(stderr, "write %zu, limit %d:", size, timeout_ms);
	for (size_t i = 0; i < size; i++)
		fprintf(stderr, " %02X", buffer[i]);
	fputc('\n', stderr);
	pass_time(handle, size);
	return happen(next_word(), timeout_ms);
}

esp_err_t i2c_master_receive(i2c_master_dev_handle_t handle, uint8_t *buffer, size_t size, int timeout_ms)
{
	fprintf(stderr, "read %zu, limit %d\n", size, timeout_ms);
	for (size_t i = 0; i < size; i++)
		buffer[i] = (uint8_t)(0xA0 + i);
	pass_time(handle, size);
	return happen(next_word(), timeout_ms);
}

void esp_log_level_set(const char *tag, esp_log_level_t level)
{
	is_quiet = strcmp(tag, "i2c.master") == 0 && level == ESP_LOG_NONE;
}

int64_t esp_timer_get_time(void)
{
	return now;
}

void esp_rom_delay_us(uint32_t microseconds)
{
	fprintf(stderr, "busy for %u\n", (unsigned)microseconds);
	now += microseconds;
}

/* Up to the tick that begins so many ticks from now: less than that time, as in FreeRTOS. */
void vTaskDelay(TickType_t ticks)
{
	const int64_t tick_us = 1000000 / configTICK_RATE_HZ;
	fprintf(stderr, "delay of %u ticks\n", (unsigned)ticks);
	if (getenv("UART_TCP") != NULL)
		usleep((useconds_t)(ticks * tick_us)); /* somebody real is at the other end */
	now = (now / tick_us + ticks) * tick_us;
}
