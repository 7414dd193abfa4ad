// SPDX-License-Identifier: MIT
import type { ServerResponse } from "node:http";

import { matchesFilter } from "../broker/topic.js";
import type { Feed, MessageRow } from "./feed.js";

/** A browser that has not read so many bytes gets no more until it has. */
const maxUnreadBytes = 1 << 20;
/** A comment keeps a quiet connection from being taken for a dead one. */
const heartbeatMs = 15_000;

/**
 * One page's live events, as Server-Sent Events (HTML standard, section "Server-sent events"): `snapshot` first, then
 * `connected`, `disconnected`, `lifecycle`, `refused`, and `message` for the topics that a filter matches. What a slow
 * reader misses is counted; once it has read all, it gets a fresh `snapshot` and the number of messages that are lost
 * to it as `dropped`.
 */
export class Stream {
	readonly #response: ServerResponse;
	readonly #feed: Feed;
	readonly #filters: readonly string[];
	#behind = false;
	#dropped = 0;

	/** @param about what the page shows of the service itself */
	constructor(response: ServerResponse, feed: Feed, filters: readonly string[], about: object) {
		this.#response = response;
		this.#feed = feed;
		this.#filters = filters;
		this.#send("about", about);
		this.#send("snapshot", feed.snapshot);
		const listeners = [
			["connected", (row: object) => this.#send("connected", row)],
			["disconnected", (number: number) => this.#send("disconnected", number)],
			["registered", (registered: object) => this.#send("registered", registered)],
			["counts", (counts: object) => this.#send("counts", counts)],
			["lifecycle", (row: object) => this.#send("lifecycle", row)],
			["refused", (row: object) => this.#send("refused", row)],
			["message", (row: MessageRow) => this.#sendMessage(row)],
		] as const;
		for (const [name, listener] of listeners) feed.on(name, listener as (value: unknown) => void);
		const heartbeat = setInterval(() => this.#write(":\n\n"), heartbeatMs);
		response.on("drain", () => this.#catchUp());
		response.on("close", () => {
			clearInterval(heartbeat);
			for (const [name, listener] of listeners) feed.off(name, listener as (value: unknown) => void);
		});
	}

	#sendMessage(row: MessageRow): void {
		if (!this.#filters.some(filter => matchesFilter(filter, row.topic))) return;
		if (this.#behind) this.#dropped += 1;
		this.#send("message", row);
	}

	/** JSON has no line breaks of its own, so that no value can end its event. */
	#send(event: string, data: unknown): void {
		this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
	}

	#write(text: string): void {
		if (this.#behind || this.#response.destroyed) return;
		this.#response.write(text);
		this.#behind = this.#response.writableLength > maxUnreadBytes;
	}

	#catchUp(): void {
		if (!this.#behind) return;
		this.#behind = false;
		this.#send("snapshot", this.#feed.snapshot);
		this.#send("dropped", this.#dropped);
		this.#dropped = 0;
	}
}
