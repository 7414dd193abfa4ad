import { test } from "uvu";
import * as assert from "uvu/assert";
import { Device, startChip, withCleanUp } from "./picture.js";

for (const variant of ["release", "sanitize"] as const)
	test(`selftest=1 tries a simulated chip, prints its table and ends with status 0, ${variant}`, () => withCleanUp(async (folder, onEnd) => {
		const chip = await startChip(folder, "chip", "instant");
		onEnd(() => chip.close());
		const device = await Device.start({ bus: chip.address, selftest: 1 }, variant);
		onEnd(() => device.stop());
		const { status } = await device.ended;
		const output = device.lines.join("\n");
		assert.is(status, 0, output);
		assert.equal(device.named("selftest")[0]?.fields, { result: "passed", checks: "16", failed: "0" });
		assert.match(output, /\| ATR +\| ok \| 00a0000003960403e800fe020b03e80801000000006400000a4a434f5034204154504f +\|/);
		assert.match(output, /\| its key +\| +\| EC 256 bits/);
		assert.match(output, /\| signature +\| ok \|/);
		assert.is(device.named("connect").length, 0);
	}));

test("a chip that is not there stops the self-test with the reason", () => withCleanUp(async folder => {
	const device = await Device.start({ bus: `sim:${folder}/none.sock`, selftest: "1" });
	const { status } = await device.ended;
	assert.is.not(status, 0);
	assert.match(device.named("error")[0]?.fields.message ?? "", /none\.sock/);
}));

test.run();
