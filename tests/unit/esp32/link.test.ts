// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chooseLink, type NetworkLinks } from "../../../esp32/platform/link.js";

const wifi = () => undefined,
	ethernet = () => undefined;
const withEthernet: NetworkLinks = { wifi, ethernet },
	withoutEthernet: NetworkLinks = { wifi };

test("the setting names the network; without it, it is Wi-Fi", () => {
	assert.is(chooseLink(withEthernet, undefined), wifi);
	assert.is(chooseLink(withEthernet, "wifi"), wifi);
	assert.is(chooseLink(withEthernet, "ethernet"), ethernet);
});

test("Ethernet in a build without it is refused with what to build", () => {
	assert.throws(() => chooseLink(withoutEthernet, "ethernet"), /esp32\/ethernet\/wt32-eth01\/manifest\.json/);
});

test("any other value is refused", () => {
	for (const network of ["lan", "", 1, "__proto__", "toString"])
		assert.throws(() => chooseLink(withEthernet, network), /must be "wifi" or "ethernet"/);
});

test.run();
