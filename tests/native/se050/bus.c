/* SPDX-License-Identifier: MIT */
/*
 * Does to a bus what its arguments say, and prints one line for each: BUS OPERATION…
 *   w HEX   write       r N     read N bytes       s N   sleep N microseconds       t   print the time
 *   e       switch the chip off and on
 */
#include "bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const results[] = { "ok", "nack", "disturbed", "error" };

static void print_result(bus_t *bus, bus_result result)
{
	bool failed = result == BUS_DISTURBED || result == BUS_ERROR;
	printf("%s%s%s", results[result], failed ? ": " : "", failed ? bus->reason : "");
}

static void operate_write(bus_t *bus, const char *hex)
{
	uint8_t frame[1200];
	size_t length = strlen(hex) / 2;
	for (size_t i = 0; i < length; i++) {
		unsigned byte;
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			exit(2);
		frame[i] = (uint8_t)byte;
	}
	print_result(bus, bus_write(bus, frame, length));
}

static void operate_read(bus_t *bus, size_t length)
{
	uint8_t *buffer = malloc(length > 0 ? length : 1);
	bus_result result = bus_read(bus, buffer, length);
	print_result(bus, result);
	for (size_t i = 0; result == BUS_OK && i < length; i++)
		printf("%s%02X", i == 0 ? " " : "", buffer[i]);
	free(buffer);
}

int main(int count, char **arguments)
{
	char reason[320];
	struct bus_options options = { .name = arguments[1], .address = 0x48, .hz = 400000 };
	bus_t *bus = bus_open(&options, reason, sizeof reason);
	if (bus == NULL) {
		printf("not open: %s\n", reason);
		return 1;
	}
	for (int i = 2; i < count; i++) {
		const char *operation = arguments[i];
		const char *argument = operation[1] == 0 ? "" : operation + 2;
		if (operation[0] == 'w')
			operate_write(bus, argument);
		else if (operation[0] == 'r')
			operate_read(bus, strtoul(argument, NULL, 10));
		else if (operation[0] == 's')
			print_result(bus, bus_sleep(bus, (uint32_t)strtoul(argument, NULL, 10)));
		else if (operation[0] == 'e')
			fputs(bus_restart(bus) ? "restarted" : "no enable pin", stdout);
		else
			printf("%llu", (unsigned long long)bus_now(bus));
		putchar('\n');
	}
	bus_close(bus);
	return 0;
}
