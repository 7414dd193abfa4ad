// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EngineClient, type EngineResult, runClient, withTCP } from "../../../tools/bench/tls/client.js";
import { Channel, ClientGone } from "./channel.js";

export interface Outcome {
	result: EngineResult;
	/** "reason" of the client's failure; "none". */
	reason: string;
	/** The alert that the server got; undefined: none. */
	alert: number | undefined;
	/** Plaintext that the server got. */
	received: Buffer;
}

/** Runs the C client against a scripted server. It may stop the script at any message by an alert or by closing. */
export async function attack<T extends { channel: Channel }>(
	make: (channel: Channel) => T,
	script: (server: T) => Promise<void>,
	options: string[],
	client: EngineClient = "engine",
): Promise<Outcome> {
	let serving: Promise<number | undefined> = Promise.resolve(undefined);
	let received = Buffer.alloc(0);
	const serve = async (channel: Channel): Promise<number | undefined> => {
		try {
			await script(make(channel));
			return await channel.drain();
		} catch (error) {
			if (error instanceof ClientGone) return error.alert;
			throw error;
		} finally {
			received = channel.received;
			channel.end();
		}
	};
	return withTCP(
		socket => {
			serving = serve(new Channel(socket));
			serving.catch(() => undefined);
		},
		async port => {
			const result = await runClient(port, options, client);
			const alert = await serving;
			return { result, reason: String(result.find("failure")?.["reason"] ?? "none"), alert, received };
		},
	);
}

export interface Attack<T> {
	name: string;
	script: (server: T) => Promise<void>;
	/** The failure's reason, by Mbed TLS's version where they differ. */
	reason: string | readonly string[];
	/** The alert that the server gets; undefined: none. */
	alert: number | undefined | readonly (number | undefined)[];
}

function matches<T>(expected: T | readonly T[], actual: T): boolean {
	return (Array.isArray(expected) ? (expected as readonly T[]) : [expected as T]).includes(actual);
}

/** A test for each attack: refused for the reason and with the alert, no plaintext sent, nothing leaked, in time. */
export function testAttacks<T extends { channel: Channel }>(
	what: string,
	make: (channel: Channel) => T,
	options: string[],
	attacks: readonly Attack<T>[],
): void {
	for (const { name, script, reason, alert } of attacks)
		test(`${what}, ${name}: refused`, async () => {
			const outcome = await attack(make, script, options);
			const report = `${outcome.reason}, alert ${outcome.alert}: ${String(outcome.result.find("failure")?.["message"])}`;
			if (process.env["ATTACKS"])
				console.log(
					`@${what}|${name}|${outcome.reason}|${outcome.alert}|${JSON.stringify(reason)}|${JSON.stringify(alert)}|${String(outcome.result.find("failure")?.["message"])}`,
				);
			assert.ok(matches(reason, outcome.reason), report);
			assert.ok(matches(alert, outcome.alert), report);
			assert.is(outcome.received.length, 0);
			assert.ok(
				Number(outcome.result.find("heap")?.["left"]) < 3_500,
				`${String(outcome.result.find("heap")?.["left"])} bytes left`,
			);
			assert.ok(outcome.result.milliseconds < 5_000, `${outcome.result.milliseconds} ms`);
		});
}

/** Also a test that the attack succeeds against a client that does not check, so that the refusal proves something. */
export function testForgeries<T extends { channel: Channel }>(
	what: string,
	make: (channel: Channel) => T,
	options: string[],
	attacks: readonly Attack<T>[],
	client: Exclude<EngineClient, "engine" | "small">,
): void {
	testAttacks(what, make, options, attacks);
	for (const { name, script } of attacks)
		test(`${what}, ${name}: opens a client that does not check`, async () => {
			const { reason, result } = await attack(make, script, options, client);
			assert.is(reason, "none", String(result.find("failure")?.["message"]));
			assert.is(result.find("done")?.["received"], 1);
		});
}
