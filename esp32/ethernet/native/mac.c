/* SPDX-License-Identifier: MIT */
/*
 * The SDK's Ethernet class makes one kind of MAC: the ESP32's own, whose 50 MHz clock comes into GPIO 0. Its call
 * arrives here (C_FLAGS in ../manifest.json renames it), and a board's manifest chooses: a clock that the ESP32 itself
 * puts out, or the MAC of an emulated ESP32.
 */
#undef esp_eth_mac_new_esp32

#include "mc.defines.h"

#include "esp_eth.h"

#if MODDEF_ETHERNET_MAC_OPENCORES

#if !CONFIG_ETH_USE_OPENETH
#error "The MAC of the emulator needs CONFIG_ETH_USE_OPENETH=y: see esp32/sdkconfig/sdkconfig.defaults."
#endif

static esp_err_t (*set_link)(esp_eth_mac_t *mac, eth_link_t link);

/*
 * The MAC stays on when the link is lost: ESP-IDF v6.0's driver switches it off, then on, and goes on at the descriptor
 * where it was, while the emulated MAC begins at the first one; each packet would be read when some later one comes.
 */
static esp_err_t set_link_up(esp_eth_mac_t *mac, eth_link_t link)
{
	return link == ETH_LINK_UP ? set_link(mac, link) : ESP_OK;
}

esp_eth_mac_t *ethernet_mac_new(const eth_esp32_emac_config_t *board, const eth_mac_config_t *config)
{
	(void)board;
	esp_eth_mac_t *mac = esp_eth_mac_new_openeth(config);
	if (mac) {
		set_link = mac->set_link;
		mac->set_link = set_link_up;
	}
	return mac;
}

#else

esp_eth_mac_t *ethernet_mac_new(const eth_esp32_emac_config_t *board, const eth_mac_config_t *config)
{
	eth_esp32_emac_config_t own = *board;
#ifdef MODDEF_ETHERNET_CLOCK_OUTPUT
#if MODDEF_ETHERNET_CLOCK_OUTPUT != 0 && MODDEF_ETHERNET_CLOCK_OUTPUT != 16 && MODDEF_ETHERNET_CLOCK_OUTPUT != 17
#error "An ESP32 puts the Ethernet clock out at GPIO 0, 16 or 17 (17: inverted) only."
#endif
	own.clock_config.rmii.clock_mode = EMAC_CLK_OUT;
	own.clock_config.rmii.clock_gpio = MODDEF_ETHERNET_CLOCK_OUTPUT;
#endif
	return esp_eth_mac_new_esp32(&own, config);
}

#endif
