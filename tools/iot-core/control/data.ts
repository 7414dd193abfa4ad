// SPDX-License-Identifier: MIT
import { payloadFault } from "../broker/limits.js";
import { isReserved, topicFault } from "../broker/topic.js";
import { ServiceError } from "../errors.js";
import type { Call, Operation } from "./operation.js";
import { page, tokenPageOf } from "./pagination.js";

/** Members of Publish that only MQTT 5 has (botocore, `data/iot-data/2015-05-28/service-2.json`, PublishRequest). */
const mqtt5Query = ["responseTopic", "contentType", "messageExpiry"],
	mqtt5Headers = [
		"x-amz-mqtt5-user-properties",
		"x-amz-mqtt5-payload-format-indicator",
		"x-amz-mqtt5-correlation-data",
	];

/** The operations of the data plane (`aws iot-data`) that are served, at the control plane's address. */
export const dataOperations: readonly Operation[] = [
	{
		name: "Publish",
		method: "POST",
		path: "/topics/{topic+}",
		rawBody: true,
		run({ broker }, call) {
			const topic = call.label("topic"),
				qos = Number(call.query.get("qos") ?? 0),
				retain = call.query.get("retain") === "true";
			refuseMqtt5(call);
			if (qos !== 0 && qos !== 1) throw new ServiceError("InvalidRequestException", "qos must be 0 or 1.");
			const fault = isReserved(topic) ? `the topic ${topic} is reserved` : topicFault(topic);
			if (fault !== undefined) throw new ServiceError("InvalidRequestException", `${fault}.`);
			const tooLong = payloadFault(call.bytes.length);
			if (tooLong !== undefined) throw new ServiceError("RequestEntityTooLargeException", `${tooLong}.`);
			if (!broker.publish(topic, call.bytes, qos, retain))
				throw new ServiceError("ThrottlingException", "There are too many retained messages.");
			return undefined;
		},
	},
	{
		name: "GetRetainedMessage",
		method: "GET",
		path: "/retainedMessage/{topic+}",
		run({ broker }, { label }) {
			const message = broker.retained.get(label("topic"));
			if (message === undefined)
				throw new ServiceError("ResourceNotFoundException", `No retained message on the topic ${label("topic")}.`);
			const { topic, payload, qos } = message;
			return {
				topic,
				payload: payload.toString("base64"),
				qos,
				lastModifiedTime: broker.retained.modifiedAt(topic),
			};
		},
	},
	{
		name: "ListRetainedMessages",
		method: "GET",
		path: "/retainedMessage",
		run({ broker }, { query }) {
			const { items, nextMarker } = page(broker.retained.list(), ({ topic }) => topic, tokenPageOf(query));
			return {
				retainedTopics: items.map(({ topic, payload, qos }) => ({
					topic,
					payloadSize: payload.length,
					qos,
					lastModifiedTime: broker.retained.modifiedAt(topic),
				})),
				nextToken: nextMarker,
			};
		},
	},
];

function refuseMqtt5({ query, header }: Call): void {
	const present = [...mqtt5Query.filter(name => query.has(name)), ...mqtt5Headers.filter(name => header(name))];
	if (present.length > 0)
		throw new ServiceError("InvalidRequestException", `${present.join(", ")}: MQTT 5 is not served here.`);
}
