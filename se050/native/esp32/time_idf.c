/* SPDX-License-Identifier: MIT */
#include "time_idf.h"

#include "esp_rom_sys.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

/* Whole ticks are left to other tasks; what is left of them, less than two, is waited out. */
void idf_sleep(uint32_t microseconds)
{
	const uint32_t tick_us = 1000000 / configTICK_RATE_HZ;
	int64_t end = esp_timer_get_time() + microseconds;
	if (microseconds >= tick_us)
		vTaskDelay(microseconds / tick_us);
	int64_t left = end - esp_timer_get_time();
	if (left > 0)
		esp_rom_delay_us((uint32_t)left);
}

uint64_t idf_now(void)
{
	return (uint64_t)esp_timer_get_time();
}
