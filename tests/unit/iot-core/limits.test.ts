// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { payloadFault } from "../../../tools/iot-core/broker/limits.js";
import { topicFault } from "../../../tools/iot-core/broker/topic.js";

test("a topic of 256 bytes passes, and one of 257 does not", () => {
	assert.is(topicFault("é".repeat(128)), undefined);
	assert.match(topicFault(`${"é".repeat(128)}x`) ?? "", /257 bytes, more than 256/);
});

test("seven slashes pass, and eight do not", () => {
	assert.is(topicFault("1/2/3/4/5/6/7/8"), undefined);
	assert.match(topicFault("1/2/3/4/5/6/7/8/9") ?? "", /8 slashes, more than 7/);
});

test("Basic Ingest's prefix does not count", () => {
	assert.is(topicFault("$aws/rules/rule/1/2/3/4/5/6/7/8"), undefined);
	assert.match(topicFault("$aws/rules/rule/1/2/3/4/5/6/7/8/9") ?? "", /8 slashes/);
});

test("128 KB of payload pass, and a byte more does not", () => {
	assert.is(payloadFault(131_072), undefined);
	assert.match(payloadFault(131_073) ?? "", /131073 bytes, more than 131072/);
});

test.run();
