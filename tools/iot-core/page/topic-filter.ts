// SPDX-License-Identifier: MIT
/**
 * Whether a topic filter matches a topic (MQTT 3.1.1, section 4.7), `#` as AWS IoT has it: the levels below, not the
 * parent level (developer guide, "MQTT", topic filters).
 */
export function matchesFilter(filter: string, topic: string): boolean {
	if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
	const expected = filter.split("/"),
		actual = topic.split("/");
	for (const [index, level] of expected.entries()) {
		if (level === "#") return actual.length > index;
		if (index >= actual.length || (level !== "+" && level !== actual[index])) return false;
	}
	return expected.length === actual.length;
}

/** What is wrong with a topic filter, as a sentence; undefined when nothing is. */
export function filterFault(filter: string): string | undefined {
	if (filter === "" || Buffer.byteLength(filter) > 256) return "A topic filter has 1 to 256 bytes.";
	const levels = filter.split("/");
	if (levels.some(level => level.length > 1 && /[+#]/.test(level))) return "+ and # stand alone between two slashes.";
	if (levels.slice(0, -1).includes("#")) return "# is the last level of a topic filter.";
	return undefined;
}

/** What is wrong with a topic to publish to, as a sentence; undefined when nothing is. */
export function topicFault(topic: string): string | undefined {
	if (topic === "" || Buffer.byteLength(topic) > 256) return "A topic has 1 to 256 bytes.";
	if (/[+#\0]/.test(topic)) return "A topic to publish to has no + and no #.";
	if (topic.startsWith("$")) return "Topics that begin with $ are reserved.";
	if (topic.split("/").length > 8) return "A topic has at most seven slashes.";
	return undefined;
}
