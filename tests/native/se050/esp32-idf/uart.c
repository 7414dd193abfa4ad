/* SPDX-License-Identifier: MIT */
/* A UART whose line is a TCP connection to 127.0.0.1:UART_TCP. What the driver is asked for goes to standard error. */
#include "driver/uart.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int line = -1;

esp_err_t uart_driver_install(uart_port_t port, int rx_size, int tx_size, int queue_size, void *queue, int flags)
{
	const char *tcp = getenv("UART_TCP");
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	fprintf(stderr, "uart %d: %d bytes in, %d out, %d %d\n", port, rx_size, tx_size, queue_size, flags);
	if (queue != NULL || tcp == NULL)
		return ESP_ERR_INVALID_STATE;
	address.sin_port = htons((uint16_t)atoi(tcp));
	line = socket(AF_INET, SOCK_STREAM, 0);
	return connect(line, (const struct sockaddr *)&address, sizeof address) == 0 ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t uart_driver_delete(uart_port_t port)
{
	fprintf(stderr, "uart %d deleted\n", port);
	close(line);
	return ESP_OK;
}

esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config)
{
	fprintf(stderr, "uart %d: %d baud\n", port, config->baud_rate);
	return ESP_OK;
}

esp_err_t uart_set_pin(uart_port_t port, int tx, int rx, int rts, int cts)
{
	fprintf(stderr, "uart %d: tx %d rx %d rts %d cts %d\n", port, tx, rx, rts, cts);
	return ESP_OK;
}

int uart_write_bytes(uart_port_t port, const void *data, size_t size)
{
	(void)port;
	return (int)send(line, data, size, MSG_NOSIGNAL);
}

static int read_some(void *buffer, size_t size, int timeout_ms)
{
	struct pollfd poller = { .fd = line, .events = POLLIN };
	if (poll(&poller, 1, timeout_ms) != 1)
		return 0;
	ssize_t length = recv(line, buffer, size, 0);
	return length > 0 ? (int)length : 0;
}

/* The time-out begins again with each byte, which is long enough for a test. */
int uart_read_bytes(uart_port_t port, void *buffer, uint32_t size, TickType_t ticks)
{
	(void)port;
	size_t received = 0;
	while (received < size) {
		int length = read_some((uint8_t *)buffer + received, size - received, (int)(ticks * 1000 / configTICK_RATE_HZ));
		if (length == 0)
			break;
		received += (size_t)length;
	}
	return (int)received;
}

esp_err_t uart_flush_input(uart_port_t port)
{
	uint8_t bytes[64];
	(void)port;
	while (read_some(bytes, sizeof bytes, 0) > 0)
		continue;
	return ESP_OK;
}
