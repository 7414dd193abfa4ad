/* SPDX-License-Identifier: MIT */
/* What mac.c uses of ESP-IDF v6.0, for a PC: the names and shapes are ESP-IDF's. */
#ifndef ESP_ETH_H
#define ESP_ETH_H

typedef int esp_err_t;
enum { ESP_OK = 0 };
typedef enum { ETH_LINK_UP, ETH_LINK_DOWN } eth_link_t;
typedef enum { EMAC_CLK_EXT_IN, EMAC_CLK_OUT } emac_rmii_clock_mode_t;

typedef struct esp_eth_mac esp_eth_mac_t;
struct esp_eth_mac {
	esp_err_t (*set_link)(esp_eth_mac_t *mac, eth_link_t link);
};

typedef struct {
	int rx_task_stack_size;
} eth_mac_config_t;

typedef struct {
	struct {
		int mdc_num;
		int mdio_num;
	} smi_gpio;
	union {
		struct {
			emac_rmii_clock_mode_t clock_mode;
			int clock_gpio;
		} rmii;
	} clock_config;
} eth_esp32_emac_config_t;

esp_eth_mac_t *esp_eth_mac_new_esp32(const eth_esp32_emac_config_t *board, const eth_mac_config_t *config);
esp_eth_mac_t *esp_eth_mac_new_openeth(const eth_mac_config_t *config);
esp_eth_mac_t *ethernet_mac_new(const eth_esp32_emac_config_t *board, const eth_mac_config_t *config);

#endif
