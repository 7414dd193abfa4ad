// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { runXs } from "../../../tools/build/xs-tests.js";

async function listen(onConnection: (socket: Socket) => void, host = "127.0.0.1"): Promise<Server> {
	const server = createServer(socket => {
		socket.on("error", () => undefined);
		onConnection(socket);
	});
	server.listen(0, host);
	await once(server, "listening");
	return server;
}

function port(server: Server): number {
	return (server.address() as AddressInfo).port;
}

function close(server: Server): Promise<void> {
	return new Promise(resolve => server.close(() => resolve()));
}

async function unusedPort(): Promise<number> {
	const server = await listen(() => undefined);
	const unused = port(server);
	await close(server);
	return unused;
}

for (const variant of ["release", "sanitize"] as const)
	test(`TCP inside XS, ${variant}`, async () => {
		const built = await build({ variant });
		const received: number[] = [];
		const echo = await listen(socket => socket.pipe(socket));
		const sink = await listen(socket => {
			const index = received.push(0) - 1;
			socket.on("data", data => {
				received[index] = (received[index] ?? 0) + data.length;
			});
		});
		const greeting = await listen(socket => socket.end("hello"));
		const reset = await listen(socket => socket.resetAndDestroy());
		const echoV6 = createServer(socket => socket.pipe(socket));
		const listensV6 = await new Promise<boolean>(resolve => {
			echoV6.once("error", () => resolve(false));
			echoV6.listen(port(echo), "::1", () => resolve(true));
		});
		const config = {
			echoPort: port(echo),
			sinkPort: port(sink),
			greetingPort: port(greeting),
			resetPort: port(reset),
			closedPort: await unusedPort(),
			listensV6,
		};
		const { status, output } = await runXs(built, "tests/xs/host/tcp", { config });
		await Promise.all([echo, sink, greeting, reset, ...(listensV6 ? [echoV6] : [])].map(close));
		assert.is(status, 0, output);
		assert.match(output, /Passed: +20/);
		assert.ok(received.includes(5744), `what was written before close arrived: ${received}`);
	});

test.run();
