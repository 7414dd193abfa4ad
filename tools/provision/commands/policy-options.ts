// SPDX-License-Identifier: MIT
import type { Command } from "commander";
import {
	checkTopics,
	defaultPolicyChoice,
	defaultTopic,
	type PolicyChoice,
	thingPlaceholder,
} from "../account/policy.js";
import { RunError } from "../account/service-errors.js";

export interface PolicyOptions {
	topic?: string[];
	tryOutPolicy?: boolean;
	existingPolicy?: string;
	thingType?: string;
}

const collect = (value: string, earlier: string[] | undefined) => [...(earlier ?? []), value];

export function addPolicyOptions(command: Command): Command {
	return command
		.option(
			"--topic <topic>",
			`a topic that the policy allows, ${thingPlaceholder} for the thing's name; may be repeated (default "${defaultTopic}")`,
			collect,
		)
		.option("--try-out-policy", "attach the policy that allows everything, for a try-out, instead of least privilege")
		.option("--existing-policy <name>", "attach this policy of the account as it is")
		.option("--thing-type <name>", "type of the things; the account must have it");
}

/** @throws RunError for options that contradict, and for topics that cannot be */
export function policyChoice({ topic, tryOutPolicy, existingPolicy }: PolicyOptions): PolicyChoice {
	if ([topic, tryOutPolicy, existingPolicy].filter(given => given !== undefined).length > 1)
		throw new RunError(
			"--topic, --try-out-policy and --existing-policy each say what the devices may do: give one of them.",
		);
	if (existingPolicy !== undefined) return { kind: "existing", name: existingPolicy };
	if (tryOutPolicy) return { kind: "try-out" };
	if (topic === undefined) return defaultPolicyChoice;
	checkTopics(topic);
	return { kind: "thing", topics: topic };
}
