/* SPDX-License-Identifier: MIT */
/* Makes the MAC of a board as the SDK's class does, takes its link away and gives it back, and prints what drivers are
 * asked. */
#include <stdio.h>

#include "esp_eth.h"

static esp_err_t driver_set_link(esp_eth_mac_t *mac, eth_link_t link)
{
	(void)mac;
	puts(link == ETH_LINK_UP ? "up" : "down");
	return ESP_OK;
}

static esp_eth_mac_t driver = { .set_link = driver_set_link };

esp_eth_mac_t *esp_eth_mac_new_esp32(const eth_esp32_emac_config_t *board, const eth_mac_config_t *config)
{
	const char *mode = board->clock_config.rmii.clock_mode == EMAC_CLK_OUT ? "out" : "in";
	printf("esp32: MDC %d, MDIO %d, clock %s at %d, stack %d\n", board->smi_gpio.mdc_num, board->smi_gpio.mdio_num,
		mode, board->clock_config.rmii.clock_gpio, config->rx_task_stack_size);
	return &driver;
}

esp_eth_mac_t *esp_eth_mac_new_openeth(const eth_mac_config_t *config)
{
	printf("opencores: stack %d\n", config->rx_task_stack_size);
	return &driver;
}

int main(void)
{
	const eth_esp32_emac_config_t board = { .smi_gpio = { 23, 18 },
		.clock_config.rmii = { .clock_mode = EMAC_CLK_EXT_IN } };
	const eth_mac_config_t config = { .rx_task_stack_size = 4096 };
	esp_eth_mac_t *mac = ethernet_mac_new(&board, &config);
	mac->set_link(mac, ETH_LINK_UP);
	mac->set_link(mac, ETH_LINK_DOWN);
	mac->set_link(mac, ETH_LINK_UP);
	return board.clock_config.rmii.clock_mode == EMAC_CLK_EXT_IN ? 0 : 1;
}
