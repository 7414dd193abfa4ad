// SPDX-License-Identifier: MIT
import { request } from "node:http";

import { Fixture } from "../fixture.js";

/** An answer of the page's server. */
export interface Answer {
	status: number;
	headers: Record<string, string | string[] | undefined>;
	text: string;
}

/** A message to the page's server, with what `fetch` does not let one set. */
export function send(
	url: string,
	{ method = "GET", headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const sent = request(url, { method, headers }, response => {
			let text = "";
			response.setEncoding("utf8");
			response.on("data", data => (text += data));
			response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
		});
		sent.on("error", reject);
		sent.end(body);
	});
}

/** A message as the page publishes it. */
export function publish(url: string, message: unknown, headers: Record<string, string> = {}): Promise<Answer> {
	return send(`${url}publish`, {
		method: "POST",
		body: JSON.stringify(message),
		headers: { origin: new URL(url).origin, "content-type": "application/json", ...headers },
	});
}

/** Address of the live events for some topic filters. */
export function eventsUrl(url: string, filters: readonly string[]): string {
	const query = new URLSearchParams();
	for (const filter of filters) query.append("filter", filter);
	return `${url}events?${query}`;
}

interface ServerSentEvent {
	name: string;
	data: unknown;
}

/** A reader of the page's live events. */
export class EventReader {
	readonly events: ServerSentEvent[] = [];
	readonly #abort = new AbortController();
	#changed = () => {};

	static async open(url: string, filters: string[] = []): Promise<EventReader> {
		const reader = new EventReader();
		const response = await fetch(eventsUrl(url, filters), { signal: reader.#abort.signal });
		if (response.body === null || response.status !== 200)
			throw new Error(`status ${response.status}: ${await response.text()}`);
		void reader.#read(response.body).catch(() => {});
		return reader;
	}

	/** The data of the first event of a name that meets a condition, now or soon. */
	async next<Data>(name: string, meets: (data: Data) => boolean = () => true): Promise<Data> {
		const deadline = Date.now() + 10_000;
		for (;;) {
			const found = this.events.find(event => event.name === name && meets(event.data as Data));
			if (found !== undefined) return found.data as Data;
			if (Date.now() > deadline)
				throw new Error(`no such event "${name}":\n${this.events.map(event => JSON.stringify(event)).join("\n")}`);
			await new Promise<void>(resolve => {
				const timer = setTimeout(resolve, 500);
				this.#changed = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
	}

	close(): void {
		this.#abort.abort();
	}

	async #read(body: ReadableStream<Uint8Array>): Promise<void> {
		const decoder = new TextDecoder();
		let text = "";
		for await (const bytes of body) {
			text += decoder.decode(bytes, { stream: true });
			const blocks = text.split("\n\n");
			text = blocks.pop() ?? "";
			for (const block of blocks) {
				const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
				if (name !== undefined && data !== undefined) this.events.push({ name, data: JSON.parse(data) as unknown });
			}
			this.#changed();
		}
	}
}

/** A running iot-core with its page. */
export async function startWithPage(): Promise<{ fixture: Fixture; url: string }> {
	const fixture = await Fixture.start({ pagePort: 0 });
	if (fixture.core.pageUrl === undefined) throw new Error("there is no page");
	return { fixture, url: fixture.core.pageUrl };
}
