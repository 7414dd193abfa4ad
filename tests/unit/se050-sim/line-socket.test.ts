// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Bus } from "../../../tools/se050-sim/bus/bus.js";
import { encodeResponse, type LinkRequest, responseTypes } from "../../../tools/se050-sim/link/link-protocol.js";
import { LinkServer } from "../../../tools/se050-sim/link/link-server.js";
import { bytes } from "./host.js";

const hello = "01 0005 02 00061A80";
const { welcome, ack, error } = responseTypes;

/** The types of the responses to requests, one after the other, over one connection. */
async function answers(isLine: boolean, requests: readonly string[]): Promise<number[]> {
	const folder = mkdtempSync(join(tmpdir(), "line-"));
	const bus = {
		perform: async ({ type }: LinkRequest) => encodeResponse(type === "hello" ? welcome : ack, 0),
	} as unknown as Bus;
	const server = new LinkServer({ bus, now: () => 0, onError: assert.unreachable });
	const path = join(folder, "chip.sock");
	await server.listen({ path, isLine });
	const socket = connect(path);
	try {
		const types: number[] = [];
		for (const request of requests) {
			socket.write(bytes(request));
			const [response] = await new Promise<Buffer[]>(resolve => socket.once("data", data => resolve([data])));
			types.push(response?.[0] ?? 0);
		}
		return types;
	} finally {
		socket.destroy();
		await server.close();
		rmSync(folder, { recursive: true });
	}
}

test("an emulated board that restarts begins again on the connection that its emulator keeps", async () => {
	assert.equal(await answers(true, [hello, "05 0000", hello, "05 0000"]), [welcome, ack, welcome, ack]);
});

test("a process that says HELLO twice is refused", async () => {
	assert.equal(await answers(false, [hello, hello]), [welcome, error]);
});

test.run();
