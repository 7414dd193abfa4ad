/*
 * Options of ESP-IDF without which TLS would be less than it says: a build that lost esp32/sdkconfig stops here.
 */
#include "sdkconfig.h"

#ifndef CONFIG_MBEDTLS_HAVE_TIME_DATE
#error "CONFIG_MBEDTLS_HAVE_TIME_DATE is not set: Mbed TLS would take expired certificates. Build with the options of esp32/sdkconfig"
#endif

_Static_assert(CONFIG_MBEDTLS_SSL_IN_CONTENT_LEN >= 16384, "CONFIG_MBEDTLS_SSL_IN_CONTENT_LEN: AWS IoT sends records of 16 KB");
