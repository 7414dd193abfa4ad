// SPDX-License-Identifier: MIT
import { backoffCases } from "./rows/backoff.js";
import { longCases } from "./rows/long-duration.js";
import { mqttCases } from "./rows/mqtt.js";
import { policyCases } from "./rows/policies.js";
import { sessionCases } from "./rows/sessions.js";
import { tlsCases } from "./rows/tls.js";
import type { TestCase } from "./test-case.js";

/** Device Advisor's test cases for MQTT 3.1.1 (developer guide, "AWS IoT Device Advisor test cases"), without shadows and jobs. */
export const testCases: readonly TestCase[] = [
	...tlsCases,
	...mqttCases.slice(0, 1),
	...backoffCases,
	...mqttCases.slice(1),
	...sessionCases,
	...policyCases,
	...longCases,
];
