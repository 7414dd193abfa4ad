import type { ClientIdForm } from "../../modules/iot/identity.js";

/** The command line that builds the firmware for an account, and flashes it. */
export function buildLine(endpoint: string, form: ClientIdForm): string {
	const clientId = form === "base64" ? "" : ` clientId=${form}`;
	return `mcconfig -d -m -p esp32 ssid=NAME password=PASSWORD endpoint=${endpoint}${clientId}`;
}
