// SPDX-License-Identifier: MIT
/** Wildcards that stand for levels (MQTT 3.1.1, section 4.7.1). */
const wildcard = /[+#]/;

/** What MQTT itself has against a topic name to publish to (MQTT 3.1.1, sections 3.3.2.1 and 4.7); undefined when nothing. */
export function topicNameFault(topic: string): string | undefined {
	if (topic === "") return "the topic is empty";
	if (topic.includes("\0")) return "the topic has the character U+0000 in it";
	return wildcard.test(topic) ? `the topic ${topic} has a wildcard in it` : undefined;
}

/** What MQTT itself has against a topic filter (MQTT 3.1.1, section 4.7); undefined when nothing. */
export function topicFilterFault(filter: string): string | undefined {
	if (filter === "") return "the topic filter is empty";
	if (filter.includes("\0")) return "the topic filter has the character U+0000 in it";
	const levels = filter.split("/");
	if (levels.some(level => level.length > 1 && wildcard.test(level)))
		return `in the topic filter ${filter} a wildcard does not stand alone in its level`;
	return levels.slice(0, -1).includes("#") ? `in the topic filter ${filter} # is not the last level` : undefined;
}

/** Whether a topic filter is for more than one topic. */
export function hasWildcard(filter: string): boolean {
	return wildcard.test(filter);
}
