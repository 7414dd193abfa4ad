/** Largest payload of a PUBLISH, in bytes (AWS IoT quotas, "Publish payload size": 128 KB). */
export const MAX_PAYLOAD = 128 * 1024;
/** Longest topic or topic filter, in bytes of UTF-8 (AWS IoT quotas, "Topic size"). */
const MAX_TOPIC_BYTES = 256;
/** Most slashes in a topic or topic filter (AWS IoT quotas, "Maximum number of slashes"). */
const MAX_SLASHES = 7;
/** Basic Ingest's prefix with the rule's name, which does not count (developer guide, "Basic Ingest"). */
const BASIC_INGEST = /^\$aws\/rules\/[^/]*\//;
/** Most topic filters of a connection (AWS IoT quotas, "Subscriptions per connection"). */
export const MAX_SUBSCRIPTIONS = 50;

/** What AWS IoT's limits have against a topic or topic filter. */
export function topicFault(topic: string): string | undefined {
	const counted = topic.replace(BASIC_INGEST, "");
	const bytes = Buffer.byteLength(counted), slashes = counted.split("/").length - 1;
	if (bytes > MAX_TOPIC_BYTES)
		return `${topic} has ${bytes} bytes, more than ${MAX_TOPIC_BYTES}`;
	return slashes > MAX_SLASHES ? `${topic} has ${slashes} slashes, more than ${MAX_SLASHES}` : undefined;
}

/** What AWS IoT's limits have against a payload of so many bytes. */
export function payloadFault(length: number): string | undefined {
	return length > MAX_PAYLOAD ? `the payload has ${length} bytes, more than ${MAX_PAYLOAD}` : undefined;
}
