// SPDX-License-Identifier: MIT
import { element } from "/rows.js";

/** What a device's certificate can be set to here. REVOKED is final, and left to the operator's tools. */
const actions = {
	ACTIVE: { label: "Deactivate", status: "INACTIVE" },
	INACTIVE: { label: "Activate", status: "ACTIVE" },
};

/** The table of devices: a row for each connection, and one for each registered certificate without a connection. */
export class Devices {
	#body;
	#count;
	#setStatus;
	#onChanged;
	#connections = new Map();
	#registered = new Map();
	#total = 0;

	/**
	 * @param setStatus asks the server to change a certificate's status
	 * @param onChanged is called when the rows were replaced
	 */
	constructor(body, count, setStatus, onChanged) {
		this.#body = body;
		this.#count = count;
		this.#setStatus = setStatus;
		this.#onChanged = onChanged;
	}

	reset(connections, registered) {
		this.#connections = new Map(connections.map(device => [device.number, device]));
		this.register(registered);
	}

	register({ certificates, total }) {
		this.#registered = new Map(certificates.map(certificate => [certificate.certificateId, certificate]));
		this.#total = total;
		this.#show();
	}

	connect(device) {
		this.#connections.set(device.number, device);
		this.#show();
	}

	disconnect(number) {
		this.#connections.delete(number);
		this.#show();
	}

	/** @param counts pairs of a connection's number and the messages that it has published */
	counted(counts) {
		for (const [number, messages] of counts) {
			const device = this.#connections.get(number);
			if (device === undefined) continue;
			device.messages = messages;
			const cell = this.#body.querySelector(`[data-number="${number}"] [data-label="Messages"]`);
			if (cell) cell.textContent = String(messages);
		}
	}

	/** The name of a client's thing, or nothing. */
	nameOf(clientId) {
		const device = [...this.#connections.values()].find(connected => connected.clientId === clientId);
		return device && this.#namesOf(device.certificateId);
	}

	#namesOf(certificateId) {
		return this.#registered.get(certificateId)?.names.join(", ") ?? "";
	}

	#show() {
		const connected = [...this.#connections.values()];
		const online = new Set(connected.map(({ certificateId }) => certificateId));
		const offline = [...this.#registered.values()].filter(({ certificateId }) => !online.has(certificateId));
		const focused = document.activeElement?.closest?.("tr")?.dataset.certificate;
		this.#body.replaceChildren(
			...connected.map(device => this.#row(device)),
			...offline.map(({ certificateId }) => this.#row({ certificateId })),
		);
		const left = this.#total - this.#registered.size;
		this.#count.textContent = `${connected.length} connected, ${this.#total} registered${left > 0 ? `, ${left} not listed` : ""}`;
		if (focused !== undefined) this.#body.querySelector(`[data-certificate="${focused}"] button`)?.focus();
		this.#onChanged();
	}

	#row({ number, clientId, certificateId, address, since, messages }) {
		const status = this.#registered.get(certificateId)?.status ?? "not registered";
		const state = number === undefined ? (status === "ACTIVE" ? "offline" : status) : "connected";
		const row = document.createElement("tr");
		row.dataset.certificate = certificateId;
		if (number !== undefined) row.dataset.number = String(number);
		const cells = {
			State: state,
			Name: this.#namesOf(certificateId),
			"Client id": clientId ?? "",
			"Certificate id": certificateId,
			"IP address": address ?? "",
			Since: since === undefined ? "" : new Date(since).toLocaleTimeString("en-GB"),
			Messages: messages === undefined ? "" : String(messages),
		};
		for (const [label, text] of Object.entries(cells)) {
			const cell = element("td", /id$|address/.test(label) ? "code" : "", text);
			cell.dataset.label = label;
			row.append(cell);
		}
		row.firstElementChild.dataset.state = state;
		row.append(this.#action(certificateId, status));
		return row;
	}

	#action(certificateId, status) {
		const cell = element("td", "action");
		const action = actions[status];
		if (action === undefined) return cell;
		const button = element("button", "", action.label);
		button.type = "button";
		const name = this.#namesOf(certificateId) || certificateId.slice(0, 8);
		button.setAttribute("aria-label", `${action.label} the certificate of ${name}`);
		button.addEventListener("click", () => this.#setStatus(certificateId, action.status));
		cell.append(button);
		return cell;
	}
}
