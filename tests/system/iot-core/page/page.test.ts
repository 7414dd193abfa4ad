// SPDX-License-Identifier: MIT
/** The page of iot-core in Chromium, as its user sees it. */
import { readFileSync } from "node:fs";
import { AttachThingPrincipalCommand, CreateThingCommand } from "@aws-sdk/client-iot";
import * as assert from "uvu/assert";

import { Fixture, happened, nextMessage } from "../fixture.js";
import { isGone, pageSuite, rowsOf, shows, showsRows, subscribe, visit } from "./browser.js";
import { startWithPage } from "./fixture.js";

const test = pageSuite("the page in Chromium");

/** Times of day of the seconds from one moment to another. */
function timesOfDay(from: number, to: number): string[] {
	const first = Math.floor(from / 1_000),
		last = Math.floor(to / 1_000);
	return Array.from({ length: last - first + 1 }, (_, index) =>
		new Date((first + index) * 1_000).toISOString().slice(11, 19),
	);
}

test("a registered device is offline, and while it is connected it has client id, address and time", ({
	browser,
	fixture,
	url,
	device,
}) =>
	visit(browser, url, async page => {
		const table = page.getByRole("table");
		const rows = table.getByRole("row").filter({ hasText: device.certificateId });
		await shows(rows.filter({ hasText: "offline" }));
		const before = Date.now();
		const client = fixture.connect(device, { clientId: "shown" });
		const row = rows.filter({ hasText: "shown" });
		await shows(row);
		const [state, , clientId, certificateId, address, since = "", messages] = await row
			.getByRole("cell")
			.allInnerTexts();
		assert.equal(
			[state, clientId, certificateId, address, messages],
			["connected", "shown", device.certificateId, "127.0.0.1", "0"],
		);
		assert.ok(timesOfDay(before, Date.now()).includes(since), since);
		const heading = page.getByRole("heading", { name: /^Devices/ });
		assert.match((await heading.textContent()) ?? "", /^Devices 1 connected, \d+ registered$/);
		await client.publishAsync("counted", "1", { qos: 1 });
		await client.publishAsync("counted", "2", { qos: 1 });
		await shows(row.getByRole("cell", { name: "2", exact: true }));
		await client.endAsync();
		await isGone(row.filter({ hasText: "connected" }));
		await shows(row.filter({ hasText: "offline" }));
		assert.match((await heading.textContent()) ?? "", /^Devices 0 connected, /);
	}));

test("messages come live by topic filters with + and #, newest first", ({ browser, fixture, url, device }) =>
	visit(browser, url, async page => {
		await subscribe(page, "sensors/+/temperature", "alarms/#");
		const client = fixture.connect(device, { clientId: "talking" });
		for (const topic of [
			"sensors/1/temperature",
			"sensors/1/2/temperature",
			"sensors/temperature",
			"alarms",
			"alarms/a/b",
			"other",
			"sensors/2/temperature",
		])
			await client.publishAsync(topic, `on ${topic}`, { qos: 1 });
		await showsRows(rowsOf(page, "messages"), [
			/^sensors\/2\/temperature\s+\d\d:\d\d:\d\d\.\d{3}\s+QoS 1\s+from talking\s+on sensors\/2\/temperature$/,
			/^alarms\/a\/b\s/,
			/^sensors\/1\/temperature\s/,
		]);
		await client.endAsync();
	}));

test("a device is found by its thing's name, and so are its messages", ({ browser, fixture, url, device }) =>
	visit(browser, url, async page => {
		const lamp = await fixture.makeRegisteredDevice();
		await fixture.client.send(new CreateThingCommand({ thingName: "lamp-7" }));
		await fixture.client.send(
			new AttachThingPrincipalCommand({ thingName: "lamp-7", principal: fixture.certificateArn(lamp) }),
		);
		await shows(page.getByRole("cell", { name: "lamp-7", exact: true }));
		const client = fixture.connect(lamp, { clientId: "0a1b2c" });
		const other = fixture.connect(device, { clientId: "something-else" });
		await client.publishAsync("found", '{"light":{"on":true}}', { qos: 1 });
		await other.publishAsync("hidden", "x", { qos: 1 });
		await shows(rowsOf(page, "messages").filter({ hasText: "hidden" }));
		await page.getByLabel("Search").fill("LAMP-7");
		await page.getByRole("cell", { name: "something-else" }).waitFor({ state: "hidden" });
		await rowsOf(page, "messages").filter({ hasText: "hidden" }).waitFor({ state: "hidden" });
		const found = rowsOf(page, "messages").filter({ hasText: "found" });
		await shows(found);
		assert.is(await found.locator("pre").textContent(), '{\n  "light": {\n    "on": true\n  }\n}');
		const download = page.waitForEvent("download");
		await page.getByRole("button", { name: "Export" }).click();
		const lines = readFileSync(await (await download).path(), "utf8")
			.trimEnd()
			.split("\n");
		assert.is(lines.length, 1);
		const { topic, clientId, payload } = JSON.parse(lines[0] ?? "") as Record<string, string>;
		assert.equal([topic, clientId, payload], ["found", "0a1b2c", '{"light":{"on":true}}']);
		await page.getByLabel("Search").fill("");
		await page.getByRole("button", { name: "Show only lamp-7" }).click();
		await shows(found.filter({ hasText: "from lamp-7 (0a1b2c)" }));
		await shows(
			rowsOf(page, "lifecycle events").filter({ hasText: "connected" }).filter({ hasText: "lamp-7 (0a1b2c)" }),
		);
		await rowsOf(page, "messages").filter({ hasText: "hidden" }).waitFor({ state: "hidden" });
		await page.getByRole("cell", { name: "something-else" }).waitFor({ state: "hidden" });
		await page.getByRole("button", { name: "Show all devices" }).click();
		await shows(page.getByRole("cell", { name: "something-else" }));
		await shows(rowsOf(page, "messages").filter({ hasText: "hidden" }));
		await Promise.all([client.endAsync(), other.endAsync()]);
	}));

test("a certificate is deactivated and activated from the page, and its device goes and comes", ({
	browser,
	fixture,
	url,
}) =>
	visit(browser, url, async page => {
		const device = await fixture.makeRegisteredDevice();
		const client = fixture.connect(device, { clientId: "switched" });
		await happened(client, "connect");
		const row = page.getByRole("row").filter({ hasText: device.certificateId });
		const closed = happened(client, "close");
		await row.getByRole("button", { name: "Deactivate the certificate of" }).click();
		await closed;
		await shows(row.filter({ hasText: "INACTIVE" }));
		await row.getByRole("button", { name: "Activate the certificate of" }).click();
		await shows(row.filter({ hasText: "offline" }));
		const again = fixture.connect(device, { clientId: "switched" });
		await happened(again, "connect");
		await again.endAsync();
	}));

test("a message is retained when the page is asked to, and a device that comes later gets it", ({
	browser,
	fixture,
	url,
	device,
}) =>
	visit(browser, url, async page => {
		await page.getByLabel("Topic", { exact: true }).fill("kept/by/page");
		await page.getByLabel("Retain").check();
		await page.getByRole("button", { name: "Publish" }).click();
		await shows(page.getByText(/^Published at /));
		const client = fixture.connect(device, { clientId: "latecomer" });
		const message = nextMessage(client);
		await client.subscribeAsync("kept/by/page");
		assert.match(await message, /^kept\/by\/page /);
		await client.endAsync();
	}));

test("how to connect is said with the endpoint, the ports, the root CA and commands", ({ browser, fixture, url }) =>
	visit(browser, url, async page => {
		await page.getByText("How to connect").click();
		const { endpoint, devicePort, controlUrl, rootCa } = fixture.core;
		for (const text of [endpoint, String(devicePort), controlUrl])
			await shows(page.locator("dd").filter({ hasText: text }));
		await shows(page.locator("#commands").filter({ hasText: `-servername ${endpoint}` }));
		const download = page.waitForEvent("download");
		await page.getByRole("link", { name: "Download the root CA" }).click();
		assert.is(readFileSync(await (await download).path(), "utf8"), rootCa);
	}));

test("a subscription that is ended brings nothing more", ({ browser, fixture, url, device }) =>
	visit(browser, url, async page => {
		await subscribe(page, "first", "second");
		const reopened = page.waitForResponse(response => response.url().endsWith("/events?filter=second"));
		await page.getByRole("button", { name: "Unsubscribe from first" }).click();
		await reopened;
		const client = fixture.connect(device, { clientId: "two-topics" });
		await client.publishAsync("first", "1", { qos: 1 });
		await client.publishAsync("second", "2", { qos: 1 });
		await showsRows(rowsOf(page, "messages"), [/^second\s/]);
		await client.endAsync();
	}));

test("a topic filter that cannot be is refused beside its field, and kept for correction", ({ browser, url }) =>
	visit(
		browser,
		url,
		async page => {
			const refused = async (filter: string, reason: string) => {
				await page.getByLabel("Topic filter").fill(filter);
				await page.keyboard.press("Enter");
				await shows(page.getByText(reason, { exact: true }));
				assert.is(await page.getByLabel("Topic filter").inputValue(), filter);
			};
			await refused("a/#/b", "In the topic filter a/#/b # is not the last level.");
			await refused("a+", "In the topic filter a+ a wildcard does not stand alone in its level.");
			await refused("#", "There is already a subscription to this topic filter.");
			await refused("€".repeat(100), `${"€".repeat(100)} has 300 bytes, more than 256.`);
			await subscribe(page, ...Array.from({ length: 8 }, (_, index) => `topic/${index}`));
			await refused("topic/8", "A page has at most 8 topic filters: remove one first.");
		},
		{ expected: /the server responded with a status of 400/ },
	));

for (const qos of [0, 1] as const)
	test(`what is published at QoS ${qos} reaches a device at QoS ${qos}, and is shown`, ({
		browser,
		fixture,
		url,
		device,
	}) =>
		visit(browser, url, async page => {
			const client = fixture.connect(device, { clientId: `listening-${qos}` });
			await client.subscribeAsync(`commands/${qos}`, { qos: 1 });
			const message = nextMessage(client);
			const delivered = new Promise<number>(resolve =>
				client.once("message", (_topic, _payload, packet) => resolve(packet.qos)),
			);
			await page.getByLabel("Topic", { exact: true }).fill(`commands/${qos}`);
			await page.getByLabel("Payload").fill('{ "led": "on ✓" }\n');
			await page.getByLabel("QoS").selectOption(String(qos));
			await page.getByRole("button", { name: "Publish" }).click();
			await shows(page.getByText(/^Published at \d\d:\d\d:\d\d\.$/));
			assert.is(await message, `commands/${qos} { "led": "on ✓" }\n`);
			assert.is(await delivered, qos);
			await shows(
				rowsOf(page, "messages")
					.filter({ hasText: `commands/${qos}` })
					.filter({ hasText: "from an operator" })
					.filter({ hasText: `QoS ${qos}` }),
			);
			await client.endAsync();
		}));

test("what cannot be published is refused with the reason", ({ browser, url }) =>
	visit(
		browser,
		url,
		async page => {
			for (const [topic, payload, reason] of [
				["a/+", "", "The topic a/+ contains a wildcard."],
				["$aws/things", "", "The topic $aws/things is reserved."],
				["large", "x".repeat(128 * 1024 + 1), "The payload has 131073 bytes, more than 131072."],
			] as const) {
				await page.getByLabel("Topic", { exact: true }).fill(topic);
				await page.getByLabel("Payload").fill(payload);
				await page.getByRole("button", { name: "Publish" }).click();
				await shows(page.getByText(reason, { exact: true }));
			}
		},
		{ expected: /the server responded with a status of 4\d\d/ },
	));

test("lifecycle events tell what a device did and why it ended", ({ browser, fixture, url, device }) =>
	visit(browser, url, async page => {
		const client = fixture.connect(device, { clientId: "lively" });
		await client.subscribeAsync("some/topic");
		await client.unsubscribeAsync("some/topic");
		await client.endAsync();
		const time = "\\s+\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\s+";
		await showsRows(rowsOf(page, "lifecycle events").filter({ hasText: "lively" }), [
			new RegExp(
				`^disconnected${time}lively\\s+CLIENT_INITIATED_DISCONNECT\\s+\\$aws/events/presence/disconnected/lively$`,
			),
			new RegExp(`^unsubscribed${time}lively\\s+some/topic\\s`),
			new RegExp(`^subscribed${time}lively\\s+some/topic\\s`),
			new RegExp(`^connected${time}lively\\s+127\\.0\\.0\\.1\\s`),
		]);
	}));

test("who is refused is shown with the reason", async ({ browser, fixture, url }) => {
	const modest = await fixture.makeRegisteredDevice([{ Effect: "Allow", Action: "iot:Connect", Resource: "*" }]);
	const stranger = await fixture.makeDevice();
	await visit(browser, url, async page => {
		const clients = [fixture.connect(modest, { clientId: "modest" }), fixture.connect(stranger)];
		clients.forEach(client => client.on("error", () => {}));
		clients[0]?.subscribe("secret", () => {});
		const refusals = rowsOf(page, "refusals");
		await shows(
			refusals
				.filter({ hasText: /^modest\d\d:/ })
				.filter({ hasText: /127\.0\.0\.1:\d+no attached policy allows iot:Subscribe on secret$/ }),
		);
		await shows(
			refusals.filter({
				hasText: `certificate ${stranger.certificateId} is not registered (TLS alert certificate_unknown)`,
			}),
		);
		await Promise.all(clients.map(client => client.endAsync(true)));
	});
});

test("a page that is loaded again shows who is connected and what has happened", ({ browser, fixture, url, device }) =>
	visit(browser, url, async page => {
		const client = fixture.connect(device, { clientId: "staying" });
		await happened(client, "connect");
		await page.reload();
		await shows(page.getByRole("cell", { name: "staying", exact: true }));
		await shows(rowsOf(page, "lifecycle events").filter({ hasText: "$aws/events/presence/connected/staying" }));
		await shows(rowsOf(page, "refusals").filter({ hasText: "modest" }));
		await client.endAsync();
	}));

test("two pages are live at once, each with its own filters", ({ browser, fixture, url, device }) =>
	visit(browser, url, one =>
		visit(browser, url, async other => {
			await subscribe(one, "for/one");
			await subscribe(other, "for/other");
			const client = fixture.connect(device, { clientId: "for-both" });
			await client.publishAsync("for/one", "1", { qos: 1 });
			await client.publishAsync("for/other", "2", { qos: 1 });
			await showsRows(rowsOf(one, "messages"), [/^for\/one\s/]);
			await showsRows(rowsOf(other, "messages"), [/^for\/other\s/]);
			await client.endAsync();
		}),
	));

test("when iot-core ends and starts again, the page says so, and goes on with its filters", async ({ browser }) => {
	const { fixture: first, url } = await startWithPage();
	const device = await first.makeRegisteredDevice();
	let second: Fixture | undefined;
	await visit(
		browser,
		url,
		async page => {
			await subscribe(page, "kept/#");
			first.connect(device, { clientId: "before" }).on("error", () => {});
			await shows(page.getByRole("cell", { name: "before", exact: true }));
			await first.close(true);
			await shows(page.getByText("Not connected: is iot-core running? Trying again …"));
			await page.getByRole("button", { name: "Publish" }).click();
			await shows(page.getByText("Not published: iot-core does not answer."));

			second = await Fixture.start({ stateDir: first.folder, pagePort: Number(new URL(url).port) });
			await shows(page.getByText("Live", { exact: true }));
			await shows(page.getByRole("row").filter({ hasText: "before" }).filter({ hasText: "offline" }));
			const client = second.connect(device, { clientId: "after" });
			await shows(page.getByRole("cell", { name: "after", exact: true }));
			await client.publishAsync("not/kept", "1", { qos: 1 });
			await client.publishAsync("kept/topic", "2", { qos: 1 });
			await showsRows(rowsOf(page, "messages"), [/^kept\/topic\s/]);
			await client.endAsync();
		},
		{ expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/ },
	).finally(() => (second ?? first).close());
});

test.run();
