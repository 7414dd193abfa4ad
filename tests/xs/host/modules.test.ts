// SPDX-License-Identifier: MIT
import Resource from "Resource";
import Base64 from "base64";
import { collectGarbage } from "host/machine";
import config from "mc/config";
import Timer from "timer";
import { test } from "uvu";
import * as assert from "uvu/assert";

function after(milliseconds: number): Promise<void> {
	return new Promise(resolve => Timer.set(() => resolve(), milliseconds));
}

/* RFC 4648, section 10 */
const vectors: readonly [string, string][] = [
	["", ""],
	["f", "Zg=="],
	["fo", "Zm8="],
	["foo", "Zm9v"],
	["foob", "Zm9vYg=="],
	["fooba", "Zm9vYmE="],
	["foobar", "Zm9vYmFy"],
];

for (const [text, encoded] of vectors)
	test(`base64 of "${text}" is "${encoded}"`, () => {
		assert.is(Base64.encode(new Uint8Array(ArrayBuffer.fromString(text))), encoded);
		assert.is(String.fromArrayBuffer(Base64.decode(encoded)), text);
	});

test("the configuration is an object that cannot be changed", () => {
	assert.type(config, "object");
	assert.throws(() => {
		(config as Record<string, unknown>).added = 1;
	});
});

test("a resource is its file's bytes", () => {
	const root = new Resource("AmazonRootCA1.der") as unknown as {
		byteLength: number;
		slice(begin?: number, end?: number): ArrayBuffer;
	};
	const bytes = new Uint8Array(root.slice());
	assert.is(bytes.length, root.byteLength);
	assert.equal([...bytes.slice(0, 2)], [0x30, 0x82]);
	assert.is((bytes[2] ?? 0) * 256 + (bytes[3] ?? 0) + 4, bytes.length);
	assert.equal([...new Uint8Array(root.slice(1, 3))], [...bytes.slice(1, 3)]);
	assert.is(root.slice(2, 1).byteLength, 0);
	assert.is(root.slice(0, 1_000_000).byteLength, bytes.length);
});

test("a resource that does not exist is named", () => {
	assert.ok(Resource.exists("AmazonRootCA1.der"));
	assert.not(Resource.exists("nothing.der"));
	assert.throws(() => new Resource("nothing.der"), /nothing\.der/);
});

test("finalization callbacks run", async () => {
	const finalized: string[] = [];
	const registry = new FinalizationRegistry((name: string) => finalized.push(name));
	(() => registry.register({}, "object"))();
	await after(1);
	collectGarbage();
	await after(1);
	assert.equal(finalized, ["object"]);
});

test("async generators, private fields, BigInt and dynamic import work", async () => {
	class Counter {
		#count = 0n;
		static readonly start = 1n;
		async *run() {
			while (this.#count < 3n) yield (this.#count += Counter.start);
		}
	}
	const counts: bigint[] = [];
	for await (const count of new Counter().run()) counts.push(count);
	assert.equal(counts.map(String), ["1", "2", "3"]);
	assert.is((await import("base64")).default, Base64);
});

test("importing a module that does not exist tells who imports it", async () => {
	let message = "";
	try {
		await import("no/" + "module");
	} catch (error) {
		message = (error as Error).message;
	}
	assert.match(message, "no/module");
	assert.match(message, "modules.test");
});

test.run();
