/* SPDX-License-Identifier: MIT */
/* Time on an ESP32, as bus.h wants it. */
#ifndef SE050_TIME_IDF_H
#define SE050_TIME_IDF_H

#include <stdint.h>

/* Lets at least that much time pass. */
void idf_sleep(uint32_t microseconds);

/* Microseconds since the start. */
uint64_t idf_now(void);

#endif
