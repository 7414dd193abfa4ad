// SPDX-License-Identifier: MIT
/** The page's HTTP interface, and lifecycle events as devices get them. */
import { request } from "node:http";
import { DescribeCertificateCommand } from "@aws-sdk/client-iot";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import type { DeviceRow, MessageRow, RefusalRow, Snapshot } from "../../../../tools/iot-core/page/feed.js";
import { type DeviceIdentity, type Fixture, happened, nextMessage } from "../fixture.js";
import { EventReader, eventsUrl, publish, send, startWithPage } from "./fixture.js";

const test = suite<{ fixture: Fixture; url: string; device: DeviceIdentity }>("the page of iot-core");

test.before(async context => {
	Object.assign(context, await startWithPage());
	context.device = await context.fixture.makeRegisteredDevice();
});

test.after(({ fixture }) => fixture.close());

/** Runs with a reader of live events. */
async function reading(url: string, filters: string[], body: (reader: EventReader) => Promise<void>): Promise<void> {
	const reader = await EventReader.open(url, filters);
	try {
		await body(reader);
	} finally {
		reader.close();
	}
}

const lifecycle = (eventType: string, clientId: string) => (row: MessageRow) => {
	const event = JSON.parse(row.payload) as Record<string, unknown>;
	return event.eventType === eventType && event.clientId === clientId;
};

test("the page, its style and its scripts are served with a policy that lets nothing else in", async ({ url }) => {
	for (const [path, type] of [
		["", "text/html"],
		["page.css", "text/css"],
		["page.js", "text/javascript"],
		["rows.js", "text/javascript"],
		["stream.js", "text/javascript"],
		["devices.js", "text/javascript"],
		["icon.svg", "image/svg+xml"],
	]) {
		const { status, headers } = await send(`${url}${path}`);
		assert.is(status, 200, path);
		assert.match(String(headers["content-type"]), String(type));
		assert.match(String(headers["content-security-policy"]), "default-src 'none'; script-src 'self'");
		assert.is(headers["x-content-type-options"], "nosniff");
	}
});

test("a device that connects is shown with certificate, client id, address and time, until it goes", ({
	fixture,
	url,
	device,
}) =>
	reading(url, [], async reader => {
		const before = Date.now();
		const client = fixture.connect(device, { clientId: "shown" });
		const row = await reader.next<DeviceRow>("connected", ({ clientId }) => clientId === "shown");
		assert.is(row.certificateId, device.certificateId);
		assert.is(row.address, "127.0.0.1");
		assert.ok(row.since >= before && row.since <= Date.now());
		await client.endAsync();
		await reader.next<number>("disconnected", number => number === row.number);
	}));

test("a page that is opened later begins with who is connected", async ({ fixture, url, device }) => {
	const client = fixture.connect(device, { clientId: "earlier" });
	await happened(client, "connect");
	await reading(url, [], async reader => {
		const { devices } = await reader.next<Snapshot>("snapshot");
		assert.ok(devices.some(({ clientId }) => clientId === "earlier"));
	});
	await client.endAsync();
});

test("only messages that a filter matches come", ({ fixture, url, device }) =>
	reading(url, ["wanted/+"], async reader => {
		const client = fixture.connect(device, { clientId: "talking" });
		await client.publishAsync("other/topic", "no", { qos: 1 });
		await client.publishAsync("wanted/topic", "yes", { qos: 1 });
		const row = await reader.next<MessageRow>("message");
		assert.is(row.topic, "wanted/topic");
		assert.is(row.payload, "yes");
		assert.is(row.clientId, "talking");
		assert.is(row.qos, 1);
		await client.endAsync();
	}));

test("a payload that is no text is shown in hexadecimal digits, and of a long one the beginning", ({
	fixture,
	url,
	device,
}) =>
	reading(url, ["bytes", "long"], async reader => {
		const client = fixture.connect(device, { clientId: "bytes" });
		await client.publishAsync("bytes", Buffer.from([0xff, 0x00]), { qos: 1 });
		await client.publishAsync("long", "€".repeat(40_000), { qos: 1 });
		const bytes = await reader.next<MessageRow>("message", ({ topic }) => topic === "bytes");
		assert.equal([bytes.payload, bytes.encoding, bytes.length, bytes.cut], ["ff00", "hex", 2, false]);
		const long = await reader.next<MessageRow>("message", ({ topic }) => topic === "long");
		assert.equal([long.payload, long.encoding, long.length, long.cut], ["€".repeat(1365), "text", 120_000, true]);
		await client.endAsync();
	}));

test("what the page publishes comes to devices", async ({ fixture, url, device }) => {
	const client = fixture.connect(device, { clientId: "listening" });
	await client.subscribeAsync("from/page", { qos: 1 });
	const message = nextMessage(client);
	assert.is((await publish(url, { topic: "from/page", payload: "hello", qos: 1 })).status, 204);
	assert.is(await message, "from/page hello");
	await client.endAsync();
});

test("a forbidden action is shown with its reason", async ({ fixture, url }) => {
	const device = await fixture.makeRegisteredDevice([{ Effect: "Allow", Action: "iot:Connect", Resource: "*" }]);
	await reading(url, [], async reader => {
		const client = fixture.connect(device, { clientId: "forbidden" });
		client.on("error", () => {});
		client.subscribe("secret", () => {});
		const refusal = await reader.next<RefusalRow>("refused", ({ clientId }) => clientId === "forbidden");
		assert.is(refusal.reason, "no attached policy allows iot:Subscribe on secret");
		assert.is(refusal.certificateId, device.certificateId);
		const event = await reader.next<MessageRow>("lifecycle", lifecycle("disconnected", "forbidden"));
		assert.is((JSON.parse(event.payload) as { disconnectReason: string }).disconnectReason, "AUTH_ERROR");
		await client.endAsync(true);
	});
});

test("a certificate that is not registered is shown as refused", async ({ fixture, url }) => {
	const stranger = await fixture.makeDevice();
	await reading(url, [], async reader => {
		const client = fixture.connect(stranger);
		client.on("error", () => {});
		await reader.next<RefusalRow>(
			"refused",
			({ reason }) =>
				reason === `certificate ${stranger.certificateId} is not registered (TLS alert certificate_unknown)`,
		);
		await client.endAsync(true);
	});
});

test("a CONNECT that no policy allows is a connect_failed event", async ({ fixture, url }) => {
	const device = await fixture.makeRegisteredDevice([{ Effect: "Allow", Action: "iot:Publish", Resource: "*" }]);
	await reading(url, [], async reader => {
		const client = fixture.connect(device, { clientId: "nobody" });
		client.on("error", () => {});
		const { topic } = await reader.next<MessageRow>("lifecycle", lifecycle("connect_failed", "nobody"));
		assert.is(topic, "$aws/events/presence/connect_failed/nobody");
		await client.endAsync(true);
	});
});

test("a device that may gets the lifecycle events of others", async ({ fixture, device }) => {
	const watcher = fixture.connect(device, { clientId: "watcher" });
	const seen: string[] = [];
	let done = () => {};
	const complete = new Promise<void>(resolve => (done = resolve));
	watcher.on("message", (topic, payload) => {
		const event = JSON.parse(payload.toString()) as Record<string, unknown>;
		seen.push(`${topic} ${String(event.disconnectReason ?? event.topics ?? "")}`);
		if (seen.length === 4) done();
	});
	await watcher.subscribeAsync(["$aws/events/presence/+/watched", "$aws/events/subscriptions/+/watched"]);
	const watched = fixture.connect(device, { clientId: "watched" });
	await watched.subscribeAsync("some/topic");
	await watched.unsubscribeAsync("some/topic");
	await watched.endAsync();
	await complete;
	assert.equal(seen.sort(), [
		"$aws/events/presence/connected/watched ",
		"$aws/events/presence/disconnected/watched CLIENT_INITIATED_DISCONNECT",
		"$aws/events/subscriptions/subscribed/watched some/topic",
		"$aws/events/subscriptions/unsubscribed/watched some/topic",
	]);
	await watcher.endAsync();
});

for (const [reason, end] of [
	[
		"DUPLICATE_CLIENTID",
		(fixture: Fixture, device: DeviceIdentity) => happened(fixture.connect(device, { clientId: "ends" }), "connect"),
	],
	["SERVER_INITIATED_DISCONNECT", (fixture: Fixture) => assert.ok(fixture.core.disconnect("ends"))],
] as const)
	test(`the end of a connection is reported as ${reason}`, ({ fixture, url, device }) =>
		reading(url, [], async reader => {
			const client = fixture.connect(device, { clientId: "ends" });
			client.on("error", () => {});
			await happened(client, "connect");
			await end(fixture, device);
			await reader.next<MessageRow>(
				"lifecycle",
				row => (JSON.parse(row.payload) as { disconnectReason?: string }).disconnectReason === reason,
			);
			fixture.core.disconnect("ends");
		}));

test("a connection that is cut is reported as CONNECTION_LOST", ({ fixture, url, device }) =>
	reading(url, [], async reader => {
		const client = fixture.connect(device, { clientId: "cut" });
		client.on("error", () => {});
		await happened(client, "connect");
		client.stream.destroy();
		const { payload } = await reader.next<MessageRow>("lifecycle", lifecycle("disconnected", "cut"));
		assert.is((JSON.parse(payload) as { disconnectReason: string }).disconnectReason, "CONNECTION_LOST");
	}));

test("a name of another site for this machine is not answered", async ({ url }) => {
	for (const path of ["", "events", "page.js"])
		assert.is((await send(`${url}${path}`, { headers: { host: "rebound.example" } })).status, 421);
	assert.is((await send(url, { headers: { host: `localhost:${new URL(url).port}` } })).status, 200);
});

for (const [what, headers, status] of [
	["another origin", { origin: "http://other.example" }, 403],
	["no page", { origin: "null" }, 403],
	["a form", { "content-type": "text/plain" }, 415],
] as const)
	test(`what ${what} wants to publish is refused`, async ({ url }) => {
		assert.is((await publish(url, { topic: "a", payload: "b", qos: 0 }, headers)).status, status);
	});

for (const [fault, message, status] of [
	["a wildcard in the topic", { topic: "a/#", payload: "", qos: 0 }, 400],
	["a reserved topic", { topic: "$aws/things", payload: "", qos: 0 }, 400],
	["eight slashes", { topic: "1/2/3/4/5/6/7/8/9", payload: "", qos: 0 }, 400],
	["QoS 2", { topic: "a", payload: "", qos: 2 }, 400],
	["no payload", { topic: "a", qos: 0 }, 400],
	["a payload above 128 KB", { topic: "a", payload: "x".repeat(128 * 1024 + 1), qos: 0 }, 413],
	["a body that is far too long", { topic: "a", payload: "x".repeat(1 << 20), qos: 0 }, 413],
] as const)
	test(`a message with ${fault} is refused`, async ({ url }) => {
		assert.is((await publish(url, message)).status, status);
	});

for (const filters of [["a/#/b"], ["a+"], [""], Array.from({ length: 9 }, (_, index) => `t${index}`)])
	test(`a page cannot subscribe to ${JSON.stringify(filters)}`, async ({ url }) => {
		assert.is((await send(eventsUrl(url, filters))).status, 400);
	});

test("the number of open pages is bounded", async ({ url }) => {
	const readers = await Promise.all(Array.from({ length: 16 }, () => EventReader.open(url)));
	assert.is((await send(`${url}events`)).status, 503);
	readers.forEach(reader => reader.close());
});

test("a request target that is not a path is a request that is not found or malformed, never an error of the server", async ({
	url,
}) => {
	const targets = ["//", "///", "/%", "http://", "*", "/\\", "//publish?x#y"];
	for (const path of targets) {
		const status = await new Promise<number>((resolve, reject) => {
			const { hostname, port, host } = new URL(url);
			const sent = request({ hostname, port, path, headers: { host } }, response => {
				response.resume();
				resolve(response.statusCode ?? 0);
			});
			sent.on("error", reject);
			sent.end();
		});
		assert.ok(status === 404 || status === 400, `${path}: ${status}`);
	}
});

test("a certificate's status changes only at the request of the page itself", async ({ fixture, url }) => {
	const { certificateId } = await fixture.makeRegisteredDevice();
	const change = (body: object, headers: Record<string, string> = {}) =>
		send(`${url}certificates`, {
			method: "POST",
			body: JSON.stringify(body),
			headers: { origin: new URL(url).origin, "content-type": "application/json", ...headers },
		});
	const status = async () => {
		const { certificateDescription } = await fixture.client.send(new DescribeCertificateCommand({ certificateId }));
		return certificateDescription?.status;
	};
	for (const [headers, refused] of [
		[{ origin: "http://evil.example" }, 403],
		[{ origin: "" }, 403],
		[{ "content-type": "text/plain" }, 415],
		[{ host: "evil.example" }, 421],
	] as [Record<string, string>, number][])
		assert.is((await change({ certificateId, status: "INACTIVE" }, headers)).status, refused, JSON.stringify(headers));
	assert.is(await status(), "ACTIVE");
	for (const [body, refused] of [
		[{}, 400],
		[{ certificateId }, 400],
		[{ certificateId, status: "ENDED" }, 400],
		[{ certificateId: "ab".repeat(32), status: "INACTIVE" }, 404],
	] as [object, number][])
		assert.is((await change(body)).status, refused, JSON.stringify(body));
	assert.is((await change({ certificateId, status: "INACTIVE" })).status, 204);
	assert.is(await status(), "INACTIVE");
});

test("a page of another origin gets nothing: neither events nor anything else", async ({ url }) => {
	for (const headers of [
		{ origin: "http://evil.example" },
		{ origin: "null" },
		{ "sec-fetch-site": "cross-site" },
	] as Record<string, string>[])
		for (const path of ["events", "", "page.js", "filters"]) {
			const { status } = await send(`${url}${path}`, { headers });
			assert.is(status, 403, `${path} ${JSON.stringify(headers)}`);
		}
});

test.run();
