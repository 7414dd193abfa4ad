import type { Query } from "./commands.js";
import { idList, read, size } from "./commands.js";
import { type Connection, type Greeting, converse } from "./relay.js";

type Results<Q extends readonly Query<unknown>[]> = { -readonly [K in keyof Q]: Q[K] extends Query<infer T> ? T : never };

/** Longest part of a file that is read at once: what NXP's own library takes. */
const partLength = 500;

/** A chip as a person at a desk asks it: each question opens it anew. Throws StatusError, or an Error of one sentence. */
export class Chip {
	readonly #connection: Connection;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	/** What the chip says of itself. */
	greet(): Promise<Greeting> {
		return converse(this.#connection, []);
	}

	/** Asks all in one conversation. */
	async ask<const Q extends readonly Query<unknown>[]>(...queries: Q): Promise<Results<Q>> {
		const { responses } = await converse(this.#connection, queries.map(({ apdu }) => apdu));
		return queries.map((query, index) => query.decode(responses[index]!)) as Results<Q>;
	}

	/** Asks all in one conversation; undefined where the chip refuses. */
	async askEach<T>(queries: readonly Query<T>[]): Promise<(T | undefined)[]> {
		const { responses } = await converse(this.#connection, queries.map(({ apdu }) => apdu));
		return queries.map((query, index) => {
			try {
				return query.decode(responses[index]!);
			}
			catch {
				return undefined;
			}
		});
	}

	/** All of a file, or an EC key pair's public key. */
	async read(id: number, isFile: boolean): Promise<Uint8Array> {
		if (!isFile)
			return (await this.ask(read(id)))[0];
		const [length] = await this.ask(size(id));
		const offsets = Array.from({ length: Math.ceil(length / partLength) }, (_, index) => index * partLength);
		const parts = await this.ask(...offsets.map(offset => read(id, { offset, length: Math.min(partLength, length - offset) })));
		return new Uint8Array(Buffer.concat(parts));
	}

	/** Identifiers of all objects. */
	async ids(): Promise<number[]> {
		const ids: number[] = [];
		for (;;) {
			const [part] = await this.ask(idList(4 * ids.length));
			ids.push(...part.ids);
			if (!part.more || part.ids.length === 0)
				return ids;
		}
	}
}
