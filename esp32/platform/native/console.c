/* SPDX-License-Identifier: MIT */
/*
 * What comes over the console, for serial-input.ts. ESP-IDF's console only prints: without a driver it keeps no more
 * than the UART's FIFO of 128 bytes, 11 ms of a line at full speed, and a TLS handshake takes longer. The driver's
 * buffer holds the longest line of app/input-lines.ts twice. The USB port needs none: it lets the computer wait.
 *
 * A longer wait, or one in which the flash is written, still loses bytes of the UART. The driver does not know where
 * they are missing. So all that waits is dropped, too, and one byte is put in its place that UTF-8 does not have: the
 * line that was cut has it, whatever comes next.
 */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "sdkconfig.h"

#include <stdbool.h>
#include <stddef.h>

enum { FIFO = 128, BUFFER = 2048, READ = 1024 };

#if !defined mxDebug && CONFIG_ESP_CONSOLE_UART
#include "driver/uart.h"
#include "driver/uart_select.h"
#include "esp_attr.h"

enum { LOST = 0xFF };

static volatile bool lost;

/* In the driver's interrupt, which reports an error when the FIFO has overflowed: without parity there is no other. */
static void IRAM_ATTR note(uart_port_t port, uart_select_notif_t what, BaseType_t *woken)
{
	(void)port;
	(void)woken;
	if (what == UART_SELECT_ERROR_NOTIF)
		lost = true;
}

/* Output is still written to the FIFO by the console: the driver has no buffer for it. */
static bool start_uart(void)
{
	const uart_port_t port = CONFIG_ESP_CONSOLE_UART_NUM;
	if (!uart_is_driver_installed(port) && uart_driver_install(port, BUFFER, 0, 0, NULL, 0) != ESP_OK)
		return false;
	uart_set_select_notif_callback(port, note);
	/* What came since the reset is in the buffer now. A FIFO that was full has probably overflowed. */
	size_t early = 0;
	uart_get_buffered_data_len(port, &early);
	if (early >= FIFO)
		lost = true;
	return true;
}

static size_t read_uart(uint8_t *bytes, size_t size)
{
	const uart_port_t port = CONFIG_ESP_CONSOLE_UART_NUM;
	int length = uart_read_bytes(port, bytes, (uint32_t)size, 0);
	if (!lost)
		return length > 0 ? (size_t)length : 0;
	lost = false; /* before the rest is dropped: what is lost meanwhile is noted again */
	uart_flush_input(port);
	bytes[0] = LOST;
	return 1;
}
#else
static bool start_uart(void)
{
	return false;
}

static size_t read_uart(uint8_t *bytes, size_t size)
{
	(void)bytes;
	(void)size;
	return 0;
}
#endif

#if !defined mxDebug && CONFIG_ESP_CONSOLE_USB_SERIAL_JTAG_ENABLED
#include "hal/usb_serial_jtag_ll.h"

static const bool has_usb = true;

static size_t read_usb(uint8_t *bytes, size_t size)
{
	return usb_serial_jtag_ll_read_rxfifo(bytes, (uint32_t)size);
}
#else
static const bool has_usb = false;

static size_t read_usb(uint8_t *bytes, size_t size)
{
	(void)bytes;
	(void)size;
	return 0;
}
#endif

/* (): whether there is input. */
void xs_platform_console_start(xsMachine *the)
{
	bool has_uart = start_uart();
	xsmcSetBoolean(xsResult, has_uart || has_usb);
}

/* () -> the bytes that have come, up to READ; undefined when there are none. */
void xs_platform_console_read(xsMachine *the)
{
	uint8_t bytes[READ];
	size_t length = read_uart(bytes, READ);
	length += read_usb(bytes + length, READ - length);
	if (length > 0)
		xsmcSetArrayBuffer(xsResult, bytes, (xsIntegerValue)length);
}
