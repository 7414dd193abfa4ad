import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../tools/build/build.js";
import { countExchanges, runCampaign } from "../../tools/campaign/campaign.js";
import { everyFault, randomMixes } from "../../tools/campaign/faults.js";

const built = await build({ variant: "release", keepGoing: true });

/** A part of what `npm run campaign` does: every thirteenth fault, and some mixes. */
for (const [name, scp03] of [["plain", ""], ["over SCP03", "SE050C1"]] as const) {
	test(`whatever fails on the way of a cold start, ${name}: the right result, or a clean error and then the right result`, async () => {
		const exchanges = await countExchanges(built, scp03);
		const cases = [...everyFault(exchanges).filter((_, index) => index % 13 === 0), ...randomMixes(20, "test")];
		const { findings, counts } = await runCampaign(built, cases, scp03);
		assert.equal(findings, []);
		const sum = [...counts.values()].reduce((all, row) => all + row.right + row["error then right"], 0);
		assert.is(sum, cases.length);
	});
}

test.run();
