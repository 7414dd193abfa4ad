// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CallPacer } from "../../../tools/provision/account/call-pacer.js";
import { Caller } from "../../../tools/provision/account/caller.js";
import { CallRefusal, classifyError, RunError } from "../../../tools/provision/account/service-errors.js";
import { awsError, networkError } from "./fake-iot.js";
import { seeded, VirtualPacingClock } from "./virtual-clock.js";

/** Most events within any window of a second. */
function busiestSecond(times: readonly number[]): number {
	return Math.max(0, ...times.map(start => times.filter(time => time >= start && time < start + 1_000).length));
}

/** A call that fails so often, and passes then. */
function failing(times: number, error: () => Error): () => Promise<string> {
	let left = times;
	return async () => {
		if (left-- > 0) throw error();
		return "passed";
	};
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
	try {
		await promise;
	} catch (error) {
		return error as Error;
	}
	throw new Error("nothing was thrown");
}

test("no second sees more calls than the rate, whoever calls and however unevenly", async () => {
	const random = seeded(1);
	const clock = new VirtualPacingClock(random);
	const caller = new Caller({ clock, rate: 8 });
	const times: number[] = [];
	const worker = async () => {
		for (let call = 0; call < 20; call++) {
			await clock.sleep(random() * 500);
			await caller.call("RegisterCertificateWithoutCA", async () => void times.push(clock.now()));
		}
	};
	await Promise.all(Array.from({ length: 10 }, worker));
	assert.is(times.length, 200);
	assert.ok(busiestSecond(times) <= 8, `${busiestSecond(times)} in a second`);
});

test("a rate is used up: 200 calls at 8/s take 25 s and no more", async () => {
	const clock = new VirtualPacingClock();
	const caller = new Caller({ clock, rate: 8 });
	await Promise.all(Array.from({ length: 200 }, () => caller.call("CreateThing", async () => undefined)));
	assert.ok(clock.now() >= 24_800 && clock.now() <= 25_100, `${clock.now()} ms`);
});

test("each operation has its own rate", async () => {
	const clock = new VirtualPacingClock();
	const caller = new Caller({ clock, rate: 10 });
	const calls = (operation: string) => Array.from({ length: 20 }, () => caller.call(operation, async () => undefined));
	await Promise.all([...calls("CreateThing"), ...calls("AttachPolicy")]);
	assert.ok(clock.now() <= 2_000, `${clock.now()} ms`);
});

test("rates beyond a timer's resolution are reached", async () => {
	const clock = new VirtualPacingClock();
	const bucket = new CallPacer(10_000, clock);
	await Promise.all(Array.from({ length: 1_000 }, () => bucket.take()));
	assert.ok(clock.now() <= 101, `${clock.now()} ms`);
});

test("throttling halves the rate once a second at most, and calls that pass bring it back", () => {
	const clock = new VirtualPacingClock();
	const bucket = new CallPacer(8, clock);
	bucket.slowDown();
	bucket.slowDown();
	assert.is(bucket.rate, 4);
	for (let call = 0; call < 100; call++) bucket.recover();
	assert.is(bucket.rate, 8);
});

test("a service that allows less than the rate gets all calls through all the same, with few refused", async () => {
	const clock = new VirtualPacingClock(seeded(2));
	const caller = new Caller({ clock, rate: 8 });
	const passed: number[] = [];
	let throttled = 0;
	let tokens = 3,
		filledAt = 0;
	const limited = async () => {
		tokens = Math.min(3, tokens + ((clock.now() - filledAt) * 3) / 1_000);
		filledAt = clock.now();
		if (tokens < 1) {
			throttled += 1;
			throw awsError("ThrottlingException", 400);
		}
		tokens -= 1;
		passed.push(clock.now());
	};
	await Promise.all(
		Array.from({ length: 16 }, async () => {
			for (let call = 0; call < 20; call++) await caller.call("RegisterCertificateWithoutCA", limited);
		}),
	);
	assert.is(passed.length, 320);
	assert.ok(throttled < 320, `${throttled} refused`);
	assert.ok(clock.now() < (320 / 3) * 1_000 * 2, `${clock.now()} ms`);
});

test("throttling, 5xx and network errors are repeated", async () => {
	const errors = [
		awsError("ThrottlingException", 400),
		awsError("InternalFailureException", 500),
		awsError("ServiceUnavailableException", 503),
		networkError("ECONNRESET"),
		networkError("EAI_AGAIN"),
	];
	for (const error of errors)
		assert.is(
			await new Caller({ clock: new VirtualPacingClock(), rate: 100 }).call(
				"X",
				failing(2, () => error),
			),
			"passed",
			error.message,
		);
});

test("the waits are full jitter: uniform from zero to a bound that doubles up to 20 s", async () => {
	for (const [random, expected] of [
		[0, 0],
		[0.999999, 500 + 1_000 + 2_000 + 4_000 + 8_000 + 16_000 + 20_000 + 20_000 + 20_000],
	] as const) {
		const clock = new VirtualPacingClock(() => random);
		const caller = new Caller({ clock, rate: 1_000 });
		await caller.call("First", async () => undefined);
		const before = clock.now();
		await caller.call(
			"X",
			failing(9, () => awsError("ServiceUnavailableException", 503)),
		);
		assert.ok(Math.abs(clock.now() - before - expected) < 50, `${clock.now() - before} ms`);
	}
});

test("a service that does not come back ends the run after ten tries, and says how to go on", async () => {
	const caller = new Caller({ clock: new VirtualPacingClock(), rate: 100 });
	await caller.call("X", async () => undefined);
	let tries = 0;
	const error = await errorOf(
		caller.call("X", async () => {
			tries += 1;
			throw networkError("ECONNREFUSED");
		}),
	);
	assert.instance(error, RunError);
	assert.match(error.message, /did not take X: ECONNREFUSED.* in 10 tries.\n.*it goes on where it stopped/);
	assert.is(tries, 10);
});

test("a service that was never there is given up after three tries", async () => {
	let tries = 0;
	const error = await errorOf(
		new Caller({ clock: new VirtualPacingClock(), rate: 100 }).call("X", async () => {
			tries += 1;
			throw networkError("ENOTFOUND");
		}),
	);
	assert.is(tries, 3);
	assert.match(error.message, /AWS_ENDPOINT_URL_IOT/);
});

test("credentials that do not do end the run at once, with the permission that is needed", async () => {
	for (const [name, status] of [
		["UnrecognizedClientException", 403],
		["ExpiredTokenException", 400],
		["UnauthorizedException", 401],
		["AccessDeniedException", 403],
	] as const) {
		const error = await errorOf(
			new Caller({ clock: new VirtualPacingClock(), rate: 100 }).call(
				"CreateThing",
				failing(1, () => awsError(name, status)),
			),
		);
		assert.instance(error, RunError);
		assert.match(error.message, /iot:CreateThing/);
	}
});

test("a refusal of one request is not repeated, and names operation, error and remedy", async () => {
	const error = await errorOf(
		new Caller({ clock: new VirtualPacingClock(), rate: 100 }).call(
			"AttachPolicy",
			failing(1, () => awsError("LimitExceededException", 410)),
		),
	);
	assert.instance(error, CallRefusal);
	assert.match(error.message, /^AttachPolicy: LimitExceededException: .* \(a quota of the account is reached/);
});

test("an error of this program is not taken for one of the network", () => {
	assert.is(classifyError(new TypeError("x is not a function")), "final");
});

test("a refusal that passes with time is repeated when the call says so", async () => {
	const caller = new Caller({ clock: new VirtualPacingClock(), rate: 100 });
	const conflict = () => awsError("DeleteConflictException", 409);
	const waitOut = { error: "DeleteConflictException", milliseconds: 360_000 };
	assert.is(await caller.call("DeleteCertificate", failing(3, conflict), { waitOut }), "passed");
	assert.instance(await errorOf(caller.call("DeleteCertificate", failing(1_000, conflict), { waitOut })), CallRefusal);
});

test("a conflict that lasts five minutes is waited out, one of seven minutes is not", async () => {
	for (const [minutes, expected] of [
		[5, "passed"],
		[7, "CallRefusal"],
	] as const) {
		const clock = new VirtualPacingClock(seeded(3));
		const deletable = minutes * 60_000;
		const caller = new Caller({ clock, rate: 100 });
		const result = await caller
			.call(
				"DeletePolicy",
				async () => {
					if (clock.now() < deletable) throw awsError("DeleteConflictException", 409);
					return "passed";
				},
				{ waitOut: { error: "DeleteConflictException", milliseconds: 360_000 } },
			)
			.catch((error: Error) => error.name);
		assert.is(result, expected, `${minutes} minutes`);
	}
});

test.run();
