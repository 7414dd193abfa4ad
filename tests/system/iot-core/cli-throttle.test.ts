// SPDX-License-Identifier: MIT
import { setTimeout as delay } from "node:timers/promises";
import { ListPoliciesCommand } from "@aws-sdk/client-iot";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { aws } from "../aws-cli.js";
import { Fixture } from "./fixture.js";

const test = suite<{ fixture: Fixture }>("the AWS CLI above AWS' rates");

test.before(async context => {
	context.fixture = await Fixture.start({ throttle: 1 });
});

test.after(({ fixture }) => fixture.close());

/** Lists policies as fast as the service allows, and faster, until it is told to stop. */
function press({ client }: Fixture): () => Promise<void> {
	let pressing = true;
	const ended = (async () => {
		while (pressing) {
			await client.send(new ListPoliciesCommand({})).catch(() => undefined);
			await delay(5);
		}
	})();
	return () => {
		pressing = false;
		return ended;
	};
}

const throttled = ({ lines }: Fixture) => lines.filter(line => line.includes("ThrottlingException")).length;

test("a command that comes too soon is refused as AWS refuses it, and comes through when the CLI may try again", async ({
	fixture,
}) => {
	const stop = press(fixture);
	while (throttled(fixture) === 0) await delay(10);
	const refused = await aws(fixture, ["list-policies"]);
	const trying = aws(fixture, ["list-policies"], { AWS_MAX_ATTEMPTS: "10", AWS_RETRY_MODE: "standard" });
	await delay(2_500);
	await stop();
	const { status, stdout, stderr } = await trying;
	assert.match(refused.stderr, "An error occurred (ThrottlingException) when calling the ListPolicies operation");
	assert.match(refused.stderr, "Rate exceeded");
	assert.is(status, 0, stderr);
	assert.equal(JSON.parse(stdout), { policies: [] });
});

test.run();
