// SPDX-License-Identifier: MIT
import type { Operation } from "./operation.js";

/** The operations on tags. */
export const tagOperations: readonly Operation[] = [
	{
		name: "TagResource",
		method: "POST",
		path: "/tags",
		run({ registry: { tags } }, { body }) {
			tags.add(String(body.resourceArn), body.tags);
			return {};
		},
	},
	{
		name: "UntagResource",
		method: "POST",
		path: "/untag",
		run({ registry: { tags } }, { body }) {
			tags.remove(String(body.resourceArn), body.tagKeys);
			return {};
		},
	},
	{
		name: "ListTagsForResource",
		method: "GET",
		path: "/tags",
		run({ registry: { tags } }, { query }) {
			const found = tags.of(query.get("resourceArn") ?? "");
			return { tags: Object.entries(found).map(([key, value]) => ({ Key: key, Value: value })) };
		},
	},
];
