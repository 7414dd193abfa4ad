// SPDX-License-Identifier: MIT
/** Live events of the service, for the topic filters that are set; opens a new connection when these change. */
export class Stream {
	#handlers;
	#source;

	/** @param handlers functions by the name of their event; `live` and `lost` are about the stream itself */
	constructor(handlers) {
		this.#handlers = handlers;
	}

	open(filters) {
		this.#source?.close();
		const query = new URLSearchParams(filters.map(filter => ["filter", filter]));
		const source = new EventSource(`/events?${query}`);
		this.#source = source;
		const { live, lost, ...handlers } = this.#handlers;
		source.addEventListener("open", live);
		source.addEventListener("error", () => {
			lost();
			if (source.readyState === EventSource.CLOSED)
				setTimeout(() => this.#source === source && this.open(filters), 3000);
		});
		for (const [name, handler] of Object.entries(handlers))
			source.addEventListener(name, event => handler(JSON.parse(event.data)));
	}
}
