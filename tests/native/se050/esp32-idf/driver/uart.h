/* SPDX-License-Identifier: MIT */
/* What bus_uart.c uses of ESP-IDF v6.0's UART driver: the names and shapes are ESP-IDF's, the behaviour is uart.c's. */
#ifndef IDF_UART_H
#define IDF_UART_H

#include "../idf.h"

typedef int uart_port_t;
enum { UART_NUM_MAX = 3, UART_PIN_NO_CHANGE = -1 };
enum { UART_DATA_8_BITS = 3, UART_PARITY_DISABLE = 0, UART_STOP_BITS_1 = 1, UART_HW_FLOWCTRL_DISABLE = 0 };
enum { UART_SCLK_DEFAULT = 1 };

typedef struct {
	int baud_rate;
	int data_bits;
	int parity;
	int stop_bits;
	int flow_ctrl;
	int source_clk;
} uart_config_t;

esp_err_t uart_driver_install(uart_port_t port, int rx_size, int tx_size, int queue_size, void *queue, int flags);
esp_err_t uart_driver_delete(uart_port_t port);
esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config);
esp_err_t uart_set_pin(uart_port_t port, int tx, int rx, int rts, int cts);
int uart_write_bytes(uart_port_t port, const void *data, size_t size);
int uart_read_bytes(uart_port_t port, void *buffer, uint32_t size, TickType_t ticks);
esp_err_t uart_flush_input(uart_port_t port);

#define pdMS_TO_TICKS(ms) ((TickType_t)((ms)*configTICK_RATE_HZ / 1000))

#endif
