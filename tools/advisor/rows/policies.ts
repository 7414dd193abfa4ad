// SPDX-License-Identifier: MIT
import { parsePolicyDocument } from "../../iot-core/testing.js";
import type { Bench, TestCase } from "../test-case.js";
import { fail, type Judgement, pass } from "../verdict.js";

/** Wildcards of policies (developer guide, "AWS IoT Core policies"); `${…}` is a variable. */
const wildcard = /[*?]/;

async function judgePolicies({ policies }: Bench): Promise<Judgement> {
	if (policies.length === 0) return fail("no policy is attached to the certificate");
	const statements = policies.flatMap(parsePolicyDocument);
	const wide = statements
		.filter(({ effect }) => effect === "Allow")
		.flatMap(({ actions, resources }) => [...actions, ...resources])
		.filter(name => wildcard.test(name));
	return wide.length === 0
		? pass(`${policies.length} policy, ${statements.length} statements, no wildcard`)
		: fail(`wildcards in ${[...new Set(wide)].join(", ")}`);
}

export const policyCases: readonly TestCase[] = [
	{ id: "Security_Device_Policies", required: false, fast: true, judge: judgePolicies },
];
