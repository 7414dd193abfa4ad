// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
	checkIdentifiers,
	engineIdentifiers,
	findIdentifiers,
	findNatives,
	header,
	tables,
} from "../../../tools/build/natives.js";
import { cCodeOnly, codeOnly, propertyNames, withoutComments } from "../../../tools/build/source-text.js";

function natives(text: string) {
	return findNatives([{ path: "a.ts", text }]);
}

test("natives are found by their literals, each once, sorted", () => {
	const found = natives(
		`class A extends Native("xs_a_destructor") { b() { return native("xs_b").call(this); } c() { native('xs_a').call(this); native("xs_b"); } }`,
	);
	assert.equal(found, { functions: ["xs_a", "xs_b"], classes: ["xs_a_destructor"] });
});

test("comments, strings and other names are no natives", () => {
	assert.equal(
		natives(
			`// native("xs_a")\n/* Native("xs_b") */ const s = 'native("xs_c")'; x.native("xs_d"); alternative("xs_e"); /[/"]/.test("a");`,
		).functions,
		[],
	);
});

test("a native without a literal is refused with its place", () => {
	assert.throws(() => natives("native(name)"), /a\.ts: .*native\(.*literal/);
	assert.throws(() => natives('native("a b")'), /literal/);
	assert.throws(() => natives('native("a" + b)'), /literal/);
	assert.throws(() => natives("Native()"), /literal/);
});

test("comments go, strings and regular expressions stay", () => {
	assert.is(withoutComments(`a("//b"); /* c */ d(/\\/*e/); // f`), `a("//b");   d(/\\/*e/);  `);
});

test("code without strings keeps the expressions of templates", () => {
	assert.match(codeOnly("f(`a ${b.c} d`)"), /^f\( \(b\.c\)\s*\)$/);
	assert.not.match(codeOnly(`f("g")`), "g");
});

test("C without comments and strings", () => {
	assert.not.match(cCodeOnly(`/* xsID_a */ f("xsID_b"); // xsID_c\n`), "xsID");
});

test("property names are found in every form", () => {
	const names = propertyNames(
		`a.one; b?.two; ({ three: 1, four, "five": 2 }); class X { six() {} get seven() { return 0; } static eight = 1 } y["nine"]; z().ten;`,
	);
	for (const name of ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
		assert.ok(names.has(name), name);
});

test("local names, strings and comments are no property names", () => {
	const names = propertyNames(`let local = 1; // a.comment\nf("s.string"); return local + other;`);
	for (const name of ["comment", "string", "other"]) assert.not(names.has(name), name);
});

test("identifiers of C are found in code only", () => {
	assert.equal(
		[...findIdentifiers([{ path: "a.c", text: "xsID_a; // xsID_b\n xsmcGet(x, y, xsID_c)" }])],
		[
			["a", "a.c"],
			["c", "a.c"],
		],
	);
});

test("an identifier that no script has is refused", () => {
	const users = new Map([["onlyInC", "a.c"]]);
	assert.throws(() => checkIdentifiers(users, ["x.other;"], new Set()), /a\.c uses xsID_onlyInC/);
	checkIdentifiers(users, ["x.onlyInC;"], new Set());
	checkIdentifiers(users, [], new Set(["onlyInC"]));
});

test("the engine's own identifiers are read from its source", () => {
	const names = engineIdentifiers(
		`const txString gxIDStrings[XS_ID_COUNT] ICACHE_FLASH_ATTR = {\n\t"Array",\n\t"length",\n};\n"other"`,
	);
	assert.equal([...names], ["Array", "length"]);
});

test("generated C declares, lists and binds", () => {
	const found = { functions: ["xs_f"], classes: ["xs_d"] };
	assert.match(
		header(found, ["x"]),
		/extern xsIdentifier xsID_x;[^]*void xs_f\(xsMachine \*the\);\nvoid xs_d\(void \*data\);/,
	);
	assert.match(
		tables(found, ["x"]),
		/\{ "xs_f", xs_f \},\n\t\{ NULL, NULL \},[^]*native_function_count = 1;[^]*xsID_x = xsID\("x"\);/,
	);
});

test.run();
