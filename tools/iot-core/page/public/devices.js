// SPDX-License-Identifier: MIT
import { element } from "/rows.js";

/** What a device's certificate can be set to here. REVOKED is final, and left to the operator's tools. */
const actions = {
	ACTIVE: { label: "Deactivate", status: "INACTIVE" },
	INACTIVE: { label: "Activate", status: "ACTIVE" },
};

/** Client ids that are remembered. */
const maxClients = 1000;

/** The table of devices: a row for each connection, and one for each registered certificate without a connection. */
export class Devices {
	#body;
	#count;
	#setStatus;
	#search;
	#onChanged;
	#connections = new Map();
	#registered = new Map();
	/** The certificate that each client id was last seen with. */
	#certificates = new Map();
	#total = 0;

	/**
	 * @param setStatus asks the server to change a certificate's status
	 * @param search has the text that is searched for, and searches for another one: `text`, `set`
	 * @param onChanged is called when the rows were replaced
	 */
	constructor(body, count, setStatus, search, onChanged) {
		this.#body = body;
		this.#count = count;
		this.#setStatus = setStatus;
		this.#search = search;
		this.#onChanged = onChanged;
	}

	reset(connections, registered) {
		this.#connections = new Map(connections.map(device => [device.number, device]));
		for (const device of connections) this.#remember(device);
		this.register(registered);
	}

	register({ certificates, total }) {
		this.#registered = new Map(certificates.map(certificate => [certificate.certificateId, certificate]));
		this.#total = total;
		this.show();
	}

	connect(device) {
		this.#connections.set(device.number, device);
		this.#remember(device);
		this.show();
	}

	disconnect(number) {
		this.#connections.delete(number);
		this.show();
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
		const certificateId = this.#certificates.get(clientId);
		return certificateId && this.#namesOf(certificateId);
	}

	#remember({ clientId, certificateId }) {
		this.#certificates.delete(clientId);
		this.#certificates.set(clientId, certificateId);
		if (this.#certificates.size > maxClients) this.#certificates.delete(this.#certificates.keys().next().value);
	}

	/** The client id that a certificate was last seen with, or nothing. */
	#clientOf(certificateId) {
		for (const [clientId, id] of this.#certificates) if (id === certificateId) return clientId;
		return undefined;
	}

	#namesOf(certificateId) {
		return this.#registered.get(certificateId)?.names.join(", ") ?? "";
	}

	/** Shows all rows again. */
	show() {
		const connected = [...this.#connections.values()];
		const online = new Set(connected.map(({ certificateId }) => certificateId));
		const offline = [...this.#registered.values()].filter(({ certificateId }) => !online.has(certificateId));
		const focused = this.#focused();
		this.#body.replaceChildren(
			...connected.map(device => this.#row(device)),
			...offline.map(({ certificateId }) => this.#row({ certificateId, clientId: this.#clientOf(certificateId) })),
		);
		const left = this.#total - this.#registered.size;
		this.#count.textContent = `${connected.length} connected, ${this.#total} registered${left > 0 ? `, ${left} not listed` : ""}`;
		if (focused !== undefined)
			this.#body.querySelector(`[data-certificate="${focused.certificate}"] [data-does="${focused.does}"]`)?.focus();
		this.#onChanged();
	}

	#focused() {
		const { does } = document.activeElement?.dataset ?? {};
		const certificate = document.activeElement?.closest?.("tr")?.dataset.certificate;
		return does && certificate ? { certificate, does } : undefined;
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
		row.append(this.#actions({ clientId, certificateId, status }));
		return row;
	}

	#actions({ clientId, certificateId, status }) {
		const cell = element("td", "action");
		const name = this.#namesOf(certificateId) || clientId || certificateId.slice(0, 8);
		const text = clientId ?? (this.#namesOf(certificateId) || certificateId);
		const isOnly = this.#search.text() === text;
		cell.append(
			button(isOnly ? "Show all" : "Show only", isOnly ? "Show all devices" : `Show only ${name}`, "filter", () => {
				this.#search.set(isOnly ? "" : text);
				this.show();
			}),
		);
		const action = actions[status];
		if (action !== undefined)
			cell.append(
				button(action.label, `${action.label} the certificate of ${name}`, "status", () =>
					this.#setStatus(certificateId, action.status),
				),
			);
		return cell;
	}
}

/** @param does tells it from the other buttons of its row */
function button(text, label, does, onClick) {
	const made = element("button", "", text);
	made.type = "button";
	made.dataset.does = does;
	made.setAttribute("aria-label", label);
	made.addEventListener("click", onClick);
	return made;
}
