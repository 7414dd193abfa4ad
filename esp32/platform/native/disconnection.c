/* SPDX-License-Identifier: MIT */
/* Keeps the reason of WIFI_EVENT_STA_DISCONNECTED, which the SDK's Wi-Fi class does not pass on. */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "esp_event.h"
#include "esp_wifi.h"

#include <stdatomic.h>

static atomic_uint last_reason;

/* Runs in the event loop's task. */
static void disconnected(void *context, esp_event_base_t base, int32_t id, void *data)
{
	const wifi_event_sta_disconnected_t *event = data;
	(void)context;
	(void)base;
	(void)id;
	atomic_store(&last_reason, event->reason);
}

/* (): listens from now on. The Wi-Fi class has made the event loop; without one, every reason stays 0. */
void xs_platform_disconnection_watch(xsMachine *the)
{
	(void)the;
	esp_event_handler_register(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, disconnected, NULL);
}

/* (): a number of wifi_err_reason_t, or 0. */
void xs_platform_disconnection_reason(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)atomic_load(&last_reason));
}
