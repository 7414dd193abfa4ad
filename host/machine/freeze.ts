// SPDX-License-Identifier: MIT
/**
 * Freezes the built-in prototypes and namespaces, as the SDK's linker does when modules are preloaded (xsl.c,
 * fxFreezeBuiltIns): on the board, assigning to `name` in a subclass of Error throws, for example.
 */
const generator = function* () {
	yield;
};
const asyncGenerator = async function* () {
	yield;
};
const prototypeOf = Object.getPrototypeOf as (value: unknown) => object;

const hidden: object[] = [
	prototypeOf([][Symbol.iterator]()),
	prototypeOf(""[Symbol.iterator]()),
	prototypeOf(new Map().entries()),
	prototypeOf(new Set().entries()),
	prototypeOf(prototypeOf([][Symbol.iterator]())),
	prototypeOf(generator),
	prototypeOf(asyncGenerator),
	prototypeOf(async () => undefined),
	prototypeOf(generator.prototype),
	prototypeOf(asyncGenerator.prototype),
	prototypeOf(Uint8Array.prototype),
];

for (const name of Object.getOwnPropertyNames(globalThis)) {
	const value: unknown = (globalThis as unknown as Record<string, unknown>)[name];
	if (typeof value === "function" && typeof value.prototype === "object" && value.prototype !== null)
		Object.freeze(value.prototype);
}
for (const object of [Atomics, JSON, Math, Reflect, ...hidden]) Object.freeze(object);
