// SPDX-License-Identifier: MIT
/** Wildcards that stand for levels (MQTT 3.1.1, section 4.7.1). */
const wildcard = /[+#]/;
/** Longest topic or topic filter, in bytes of UTF-8 (AWS IoT quotas, "Topic size"). */
const maxTopicBytes = 256;
/** Most slashes in a topic or topic filter (AWS IoT quotas, "Maximum number of slashes"). */
const maxSlashes = 7;
/** Basic Ingest's prefix with the rule's name, which does not count (developer guide, "Basic Ingest"). */
const basicIngest = /^\$aws\/rules\/[^/]*\//;

/** What is wrong with a topic to publish to (MQTT 3.1.1, sections 3.3.2.1 and 4.7; AWS IoT quotas); undefined when nothing is. */
export function topicFault(topic: string): string | undefined {
	if (topic === "") return "the topic is empty";
	if (topic.includes("\0")) return "the topic contains the character U+0000";
	return wildcard.test(topic) ? `the topic ${topic} contains a wildcard` : sizeFault(topic);
}

/** What is wrong with a topic filter (MQTT 3.1.1, section 4.7; AWS IoT quotas); undefined when nothing is. */
export function filterFault(filter: string): string | undefined {
	if (filter === "") return "the topic filter is empty";
	if (filter.includes("\0")) return "the topic filter contains the character U+0000";
	if (isReserved(filter) && !filter.startsWith("$aws/")) return `the topic filter ${filter} is reserved`;
	const levels = filter.split("/");
	if (levels.some(level => level.length > 1 && wildcard.test(level)))
		return `in the topic filter ${filter} a wildcard does not stand alone in its level`;
	if (levels.slice(0, -1).includes("#")) return `in the topic filter ${filter} # is not the last level`;
	return sizeFault(filter);
}

function sizeFault(topic: string): string | undefined {
	const counted = topic.replace(basicIngest, "");
	const bytes = Buffer.byteLength(counted),
		slashes = counted.split("/").length - 1;
	if (bytes > maxTopicBytes) return `${topic} has ${bytes} bytes, more than ${maxTopicBytes}`;
	return slashes > maxSlashes ? `${topic} has ${slashes} slashes, more than ${maxSlashes}` : undefined;
}

/** Whether a topic filter is for more than one topic. */
export function hasWildcard(filter: string): boolean {
	return wildcard.test(filter);
}

/** Whether a topic is AWS IoT's own (developer guide, "Reserved topics"). */
export function isReserved(topic: string): boolean {
	return topic.startsWith("$");
}

/** Whether a message on this topic goes to a rule and to no device (developer guide, "Basic Ingest"). */
export function isBasicIngest(topic: string): boolean {
	return basicIngest.test(topic);
}

/**
 * Whether a topic filter matches a topic: the levels below `#`, but not its parent level (developer guide, "AWS IoT
 * differences from MQTT specifications"). A wildcard in the first level does not match topics that begin with $
 * (MQTT 3.1.1, section 4.7.2). `Subscriptions` finds the same for many filters.
 */
export function matchesFilter(filter: string, topic: string): boolean {
	const expected = filter.split("/"),
		actual = topic.split("/");
	if (isReserved(topic) && wildcard.test(expected[0] ?? "")) return false;
	for (const [index, level] of expected.entries()) {
		if (level === "#") return actual.length > index;
		if (index >= actual.length || (level !== "+" && level !== actual[index])) return false;
	}
	return expected.length === actual.length;
}
