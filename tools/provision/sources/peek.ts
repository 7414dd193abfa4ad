// SPDX-License-Identifier: MIT
/** Enough of a source to see its format: the header line of a ledger, and some of what a serial log begins with. */
const headBytes = 1_024;

/** Looks at the first bytes of a stream; `all` has the whole of it, those bytes included. */
export async function peek(
	chunks: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
	const iterator = chunks[Symbol.asyncIterator]();
	const first: Uint8Array[] = [];
	let length = 0;
	let ended = false;
	while (length < headBytes && !ended) {
		const { value, done } = await iterator.next();
		ended = Boolean(done);
		if (!ended) {
			first.push(value);
			length += value.length;
		}
	}
	async function* all(): AsyncGenerator<Uint8Array> {
		try {
			yield* first;
			if (!ended) yield* { [Symbol.asyncIterator]: () => iterator };
		} finally {
			await iterator.return?.();
		}
	}
	return { head: Buffer.concat(first).subarray(0, headBytes), all: all() };
}
