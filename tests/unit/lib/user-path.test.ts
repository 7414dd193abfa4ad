// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { userPath } from "../../../tools/lib/user-path.js";

const npm = { INIT_CWD: "/home/me/chips", npm_package_json: "/srv/project/package.json" };

test("npm's move to the package's folder does not move the person's paths", () => {
	assert.is(userPath("ledger.csv", npm, "/srv/project"), "/home/me/chips/ledger.csv");
	assert.is(userPath("../a.pem", npm, "/srv/project"), "/home/me/a.pem");
	assert.is(userPath("/dev/ttyUSB0", npm, "/srv/project"), "/dev/ttyUSB0");
});

test("without npm, in the package's folder, and in a process that moved by itself, a path is what it is", () => {
	assert.is(userPath("ledger.csv", {}, "/home/me"), "ledger.csv");
	assert.is(userPath("ledger.csv", { ...npm, INIT_CWD: "/srv/project" }, "/srv/project"), "ledger.csv");
	assert.is(userPath("ledger.csv", npm, "/tmp/test"), "ledger.csv");
});

test.run();
