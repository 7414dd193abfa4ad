// SPDX-License-Identifier: MIT
import Resolver from "embedded:network/dns/resolver/udp";
import { collectGarbage } from "host/machine";
import Timer from "timer";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Answer {
	host: string;
	address?: string;
}

function resolve(resolver: Resolver, host: string): Promise<Answer> {
	return new Promise(answer =>
		resolver.resolve({
			host,
			onResolved: (name, address) => {
				answer({ host: name, address: address as string });
				return null;
			},
			onError: name => {
				answer({ host: name });
				return null;
			},
		}),
	);
}

function after(milliseconds: number): Promise<void> {
	return new Promise(done => Timer.set(() => done(), milliseconds));
}

for (const literal of ["127.0.0.1", "::1", "2001:db8::1"])
	test(`the literal address ${literal} resolves to itself`, async () => {
		assert.equal(await resolve(new Resolver({}), literal), { host: literal, address: literal });
	});

test("localhost resolves to 127.0.0.1", async () => {
	assert.is((await resolve(new Resolver({}), "localhost")).address, "127.0.0.1");
});

test("the given address is the answer forevery name", async () => {
	const resolver = new Resolver({ address: "127.0.0.9" });
	assert.equal(await resolve(resolver, "abc-ats.iot.eu-west-1.amazonaws.com"), {
		host: "abc-ats.iot.eu-west-1.amazonaws.com",
		address: "127.0.0.9",
	});
});

test("a name that does not exist is an error that names it", async () => {
	/* RFC 6761, section 6.4: no name below "invalid" exists */
	assert.equal(await resolve(new Resolver({}), "nothing.invalid"), { host: "nothing.invalid" });
});

test("the answer never comes from within resolve", async () => {
	let inside = true;
	new Resolver({}).resolve({
		host: "127.0.0.1",
		onResolved: () => {
			assert.not(inside);
			return null;
		},
		onError: () => null,
	});
	inside = false;
	await after(10);
});

test("a look-up does not hold the loop up", async () => {
	let ticks = 0;
	const timer = Timer.repeat(() => {
		ticks++;
	}, 1);
	const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => resolve(new Resolver({}), `n${i}.invalid`)));
	await after(5);
	Timer.clear(timer);
	assert.is(answers.length, 20);
	assert.ok(ticks > 0);
});

test("a closed resolver does not answer", async () => {
	const resolver = new Resolver({});
	const options = {
		onResolved: () => assert.unreachable() as unknown as null,
		onError: () => assert.unreachable() as unknown as null,
	};
	resolver.resolve({ host: "127.0.0.1", ...options });
	resolver.resolve({ host: "nothing.invalid", ...options });
	resolver.close();
	resolver.close();
	await after(50);
});

test("a look-up survives collections", async () => {
	const collector = Timer.repeat(() => collectGarbage(), 1);
	const answer = await resolve(new Resolver({}), "nothing.invalid");
	Timer.clear(collector);
	assert.equal(answer, { host: "nothing.invalid" });
});

test("a request without host or callbacks is refused", () => {
	const resolver = new Resolver({});
	assert.throws(() => resolver.resolve({ host: "" } as Parameters<Resolver["resolve"]>[0]), /host/);
	assert.throws(() => resolver.resolve({ host: "a" } as Parameters<Resolver["resolve"]>[0]), /onResolved/);
});

test.run();
