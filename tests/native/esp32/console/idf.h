/* SPDX-License-Identifier: MIT */
/* What console.c uses of XS and of ESP-IDF v6.0, for a PC: the names and shapes are theirs, the behaviour is uart.c's.
 */
#ifndef CONSOLE_IDF_H
#define CONSOLE_IDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
	bool boolean;
	uint8_t bytes[1024];
	size_t length;
} xsMachine;
typedef int32_t xsIntegerValue;
#define xsResult the

static inline void xsmcSetBoolean(xsMachine *the, bool value)
{
	the->boolean = value;
}

static inline void xsmcSetArrayBuffer(xsMachine *the, const uint8_t *bytes, xsIntegerValue length)
{
	memcpy(the->bytes, bytes, (size_t)length);
	the->length = (size_t)length;
}

void xs_platform_console_start(xsMachine *the);
void xs_platform_console_read(xsMachine *the);

#define CONFIG_ESP_CONSOLE_UART 1
#define CONFIG_ESP_CONSOLE_UART_NUM 0
#define IRAM_ATTR

typedef int esp_err_t;
typedef int uart_port_t;
typedef int BaseType_t;
enum { ESP_OK = 0 };
typedef enum { UART_SELECT_READ_NOTIF, UART_SELECT_WRITE_NOTIF, UART_SELECT_ERROR_NOTIF } uart_select_notif_t;
typedef void (*uart_select_notif_callback_t)(uart_port_t port, uart_select_notif_t what, BaseType_t *woken);

bool uart_is_driver_installed(uart_port_t port);
esp_err_t uart_driver_install(uart_port_t port, int rx_size, int tx_size, int queue_size, void *queue, int flags);
void uart_set_select_notif_callback(uart_port_t port, uart_select_notif_callback_t callback);
esp_err_t uart_get_buffered_data_len(uart_port_t port, size_t *length);
int uart_read_bytes(uart_port_t port, void *buffer, uint32_t size, uint32_t ticks);
esp_err_t uart_flush_input(uart_port_t port);

#endif
