// SPDX-License-Identifier: MIT
/**
 * Stand-in of the SDK's `embedded:network/dns/resolver/udp`: the machine's own name service, on a thread.
 * Callbacks are never called from within resolve().
 */
import Timer from "timer";

export interface ResolverOptions {
	/** The address that every name resolves to: to reach an endpoint whose name the machine does not know. */
	address?: string;
	/** What the SDK's class takes, of no meaning here. */
	servers?: string[];
	socket?: unknown;
}

interface Request {
	host: string;
	onResolved?: (this: Resolver, host: string, address: string) => void;
	/** `reason` is why, with what to check; the SDK's gives none. */
	onError?: (this: Resolver, host: string, reason?: string) => void;
}

/** Gets the address, or undefined and why there is none. */
type Answer = (address?: string, reason?: string) => void;

/** One name on its way; answers once. */
class Lookup extends Native("xs_lookup_destructor") {
	constructor(host: string, onAnswer: Answer) {
		super();
		native("xs_lookup_constructor").call(this, host, onAnswer);
	}
	close(): void {
		native("xs_lookup_close").call(this);
	}
}

function isLiteral(host: string): boolean {
	return native("xs_lookup_is_literal").call(undefined, host) as boolean;
}

class Resolver {
	#address: string | undefined;
	#lookups: Lookup[] = [];
	#timers: Timer[] = [];

	constructor(options: ResolverOptions = {}) {
		this.#address = options.address;
	}

	/** Calls onResolved(host, address) or onError(host). */
	resolve({ host, onResolved, onError }: Request): void {
		if (!host || (!onResolved && !onError))
			throw new Error("Resolver.resolve: it takes a host, and onResolved or onError");
		const address = this.#address ?? (host === "localhost" ? "127.0.0.1" : isLiteral(host) ? host : undefined);
		const answer: Answer = (found, reason) =>
			found === undefined ? onError?.call(this, host, reason) : onResolved?.call(this, host, found);
		if (address === undefined) this.#ask(host, answer);
		else this.#answerLater(() => answer(address));
	}

	close(): void {
		this.#lookups.forEach(lookup => lookup.close());
		this.#timers.forEach(timer => Timer.clear(timer));
		this.#lookups = [];
		this.#timers = [];
	}

	#ask(host: string, answer: Answer): void {
		const lookup: Lookup = new Lookup(host, (address, reason) => {
			this.#lookups = this.#lookups.filter(other => other !== lookup);
			answer(address, reason);
		});
		this.#lookups.push(lookup);
	}

	#answerLater(answer: () => void): void {
		const timer: Timer = Timer.set(() => {
			this.#timers = this.#timers.filter(other => other !== timer);
			answer();
		}, 0);
		this.#timers.push(timer);
	}
}

export default Resolver;
