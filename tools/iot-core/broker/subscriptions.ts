// SPDX-License-Identifier: MIT
/** QoS levels that AWS IoT has (developer guide, "MQTT", QoS options). */
export type ServedQoS = 0 | 1;

interface Node<Subscriber> {
	readonly children: Map<string, Node<Subscriber>>;
	/** Who has subscribed to the filter that ends here. */
	readonly subscribers: Map<Subscriber, ServedQoS>;
}

/** Topic filters by their levels, so that a message finds its subscribers in the time of its levels, not of all filters. */
export class Subscriptions<Subscriber> {
	readonly #root: Node<Subscriber> = node();

	/** Adds a subscription, or replaces the subscriber's one with the same filter. */
	add(filter: string, subscriber: Subscriber, qos: ServedQoS): void {
		let current = this.#root;
		for (const level of filter.split("/")) {
			const next = current.children.get(level) ?? node<Subscriber>();
			current.children.set(level, next);
			current = next;
		}
		current.subscribers.set(subscriber, qos);
	}

	/** Removes a subscription, if it is there. */
	remove(filter: string, subscriber: Subscriber): void {
		remove(this.#root, filter.split("/"), subscriber);
	}

	/**
	 * The subscribers whose filters match a topic, each once, with the highest QoS of its filters. Wildcards in the first
	 * level do not match topics that begin with $ (MQTT 3.1.1, section 4.7.2). `#` does not match the parent level
	 * (developer guide, "AWS IoT differences from MQTT specifications").
	 */
	match(topic: string): Map<Subscriber, ServedQoS> {
		const found = new Map<Subscriber, ServedQoS>();
		collect(this.#root, topic.split("/"), 0, topic.startsWith("$"), found);
		return found;
	}
}

function node<Subscriber>(): Node<Subscriber> {
	return { children: new Map(), subscribers: new Map() };
}

/** Removes a subscription below a node; returns whether the node is of no use any more. */
function remove<Subscriber>(
	from: Node<Subscriber>,
	[level, ...rest]: readonly string[],
	subscriber: Subscriber,
): boolean {
	if (level === undefined) from.subscribers.delete(subscriber);
	else {
		const child = from.children.get(level);
		if (child !== undefined && remove(child, rest, subscriber)) from.children.delete(level);
	}
	return from.children.size === 0 && from.subscribers.size === 0;
}

function collect<Subscriber>(
	from: Node<Subscriber>,
	levels: readonly string[],
	index: number,
	reserved: boolean,
	found: Map<Subscriber, ServedQoS>,
): void {
	const level = levels[index];
	if (level === undefined) {
		take(from, found);
		return;
	}
	const exact = from.children.get(level);
	if (exact !== undefined) collect(exact, levels, index + 1, reserved, found);
	if (reserved && index === 0) return;
	const one = from.children.get("+"),
		all = from.children.get("#");
	if (one !== undefined) collect(one, levels, index + 1, reserved, found);
	if (all !== undefined) take(all, found);
}

function take<Subscriber>({ subscribers }: Node<Subscriber>, found: Map<Subscriber, ServedQoS>): void {
	for (const [subscriber, qos] of subscribers) found.set(subscriber, found.get(subscriber) === 1 ? 1 : qos);
}
