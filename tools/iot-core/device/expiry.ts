import type { Aedes } from "aedes";

/** Life of a persistent session of a device that is away, in milliseconds (developer guide, "MQTT persistent sessions": 1 hour). */
export const SESSION_EXPIRY = 3_600_000;

/** What the broker keeps of its clients between their connections. */
interface Persistence {
	cleanSubscriptions(client: { id: string }): Promise<void>;
	outgoingStream(client: { id: string }): AsyncIterable<{ messageId?: number }>;
	outgoingClearMessageId(client: { id: string }, packet: { messageId?: number }): Promise<unknown>;
}

/** Forgets the persistent sessions of devices that stay away. */
export class SessionExpiry {
	readonly #persistence: Persistence;
	readonly #milliseconds: number;
	readonly #log: (line: string) => void;
	readonly #timers = new Map<string, NodeJS.Timeout>();

	constructor(aedes: Aedes, milliseconds: number, log: (line: string) => void) {
		this.#persistence = (aedes as unknown as { persistence: Persistence }).persistence;
		this.#milliseconds = milliseconds;
		this.#log = log;
	}

	/** The connection of a client with a persistent session has ended. */
	away(clientId: string): void {
		this.back(clientId);
		this.#timers.set(clientId, setTimeout(() => void this.#expire(clientId), this.#milliseconds).unref());
	}

	/** The client is there again: nothing expires. */
	back(clientId: string): void {
		clearTimeout(this.#timers.get(clientId));
		this.#timers.delete(clientId);
	}

	close(): void {
		for (const clientId of [...this.#timers.keys()])
			this.back(clientId);
	}

	async #expire(clientId: string): Promise<void> {
		const client = { id: clientId };
		this.#timers.delete(clientId);
		this.#log(`the persistent session of ${clientId} has expired after ${this.#milliseconds / 1_000} s`);
		await this.#persistence.cleanSubscriptions(client);
		for await (const packet of this.#persistence.outgoingStream(client))
			await this.#persistence.outgoingClearMessageId(client, packet);
	}
}
