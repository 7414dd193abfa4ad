// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { se050c } from "../../../tools/se050-sim/factory/variants.js";
import { abc, factoryObjects, selectApplet, type TestCard, testCard } from "./card.js";

const objects = await factoryObjects(se050c);

const digest = suite<TestCard>("DigestOneShot");
digest.before.each(context => {
	Object.assign(context, testCard(se050c, objects));
	context.run(selectApplet);
});

/** FIPS 180-4's example, "abc". */
digest("SHA-256 of abc is the published one", ({ run }) => {
	assert.is(run("8003000E084101044203616263"), `4120${abc}9000`);
});

digest("SHA-384 and SHA-512 have their lengths", ({ run }) => {
	assert.ok(run("8003000E084101054203616263").startsWith("4130CB00753F"));
	assert.ok(run("8003000E084101064203616263").startsWith("4140DDAF35A1"));
});

digest("a mode that is none is answered 6A80", ({ run }) => {
	assert.is(run("8003000E084101024203616263"), "6A80");
});

digest.run();
