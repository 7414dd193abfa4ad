/* SPDX-License-Identifier: MIT */
/* What bus_idf.c uses of ESP-IDF v6.0, for a PC: the names and shapes are ESP-IDF's, the behaviour is idf.c's. */
#ifndef IDF_H
#define IDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int esp_err_t;
enum { ESP_OK = 0, ESP_ERR_INVALID_STATE = 0x103, ESP_ERR_TIMEOUT = 0x107, ESP_ERR_INVALID_RESPONSE = 0x108 };

typedef int gpio_num_t;
enum { GPIO_NUM_MAX = 40, GPIO_FIRST_INPUT_ONLY = 34 };
#define GPIO_IS_VALID_OUTPUT_GPIO(pin) ((pin) >= 0 && (pin) < GPIO_FIRST_INPUT_ONLY)
typedef enum { GPIO_MODE_OUTPUT = 2 } gpio_mode_t;
typedef struct {
	uint64_t pin_bit_mask;
	gpio_mode_t mode;
} gpio_config_t;
esp_err_t gpio_config(const gpio_config_t *config);
esp_err_t gpio_set_level(gpio_num_t pin, uint32_t level);
int gpio_get_level(gpio_num_t pin);

typedef struct i2c_master_bus *i2c_master_bus_handle_t;
typedef struct i2c_master_dev *i2c_master_dev_handle_t;
enum { I2C_CLK_SRC_DEFAULT = 1, I2C_ADDR_BIT_LEN_7 = 0 };
typedef struct {
	int i2c_port;
	gpio_num_t sda_io_num;
	gpio_num_t scl_io_num;
	int clk_source;
	uint8_t glitch_ignore_cnt;
	struct {
		uint32_t enable_internal_pullup : 1;
	} flags;
} i2c_master_bus_config_t;
typedef struct {
	int dev_addr_length;
	uint16_t device_address;
	uint32_t scl_speed_hz;
} i2c_device_config_t;
esp_err_t i2c_new_master_bus(const i2c_master_bus_config_t *config, i2c_master_bus_handle_t *bus);
esp_err_t i2c_master_bus_add_device(
	i2c_master_bus_handle_t bus, const i2c_device_config_t *config, i2c_master_dev_handle_t *device);
esp_err_t i2c_master_bus_rm_device(i2c_master_dev_handle_t device);
esp_err_t i2c_del_master_bus(i2c_master_bus_handle_t bus);
esp_err_t i2c_master_bus_reset(i2c_master_bus_handle_t bus);
esp_err_t i2c_master_transmit(i2c_master_dev_handle_t device, const uint8_t *buffer, size_t size, int timeout_ms);
esp_err_t i2c_master_receive(i2c_master_dev_handle_t device, uint8_t *buffer, size_t size, int timeout_ms);

typedef enum { ESP_LOG_NONE, ESP_LOG_ERROR } esp_log_level_t;
void esp_log_level_set(const char *tag, esp_log_level_t level);

int64_t esp_timer_get_time(void);
void esp_rom_delay_us(uint32_t microseconds);

typedef uint32_t TickType_t;
#define configTICK_RATE_HZ 1000
void vTaskDelay(TickType_t ticks);

#endif
