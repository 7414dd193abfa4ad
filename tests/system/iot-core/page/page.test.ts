// SPDX-License-Identifier: MIT
/** The page of iot-core in Chromium, as its user sees it. */
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

test("a device that connects appears with client id, certificate, address and time, and goes when it ends", ({
	browser,
	fixture,
	url,
	device,
}) =>
	visit(browser, url, async page => {
		const table = page.getByRole("table");
		await shows(page.getByText("No device is connected."));
		const before = Date.now();
		const client = fixture.connect(device, { clientId: "shown" });
		const row = table.getByRole("row").filter({ hasText: "shown" });
		await shows(row);
		const [clientId, certificateId, address, since = ""] = await row.getByRole("cell").allInnerTexts();
		assert.equal([clientId, certificateId, address], ["shown", device.certificateId, "127.0.0.1"]);
		assert.ok(timesOfDay(before, Date.now()).includes(since), since);
		assert.is(await page.getByRole("heading", { name: "Connected devices" }).textContent(), "Connected devices 1");
		await client.endAsync();
		await isGone(row);
		await shows(page.getByText("No device is connected."));
		assert.is(await page.getByRole("heading", { name: "Connected devices" }).textContent(), "Connected devices 0");
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
	visit(browser, url, async page => {
		const refused = async (filter: string, reason: string) => {
			await page.getByLabel("Topic filter").fill(filter);
			await page.keyboard.press("Enter");
			await shows(page.getByText(reason, { exact: true }));
			assert.is(await page.getByLabel("Topic filter").inputValue(), filter);
		};
		await refused("a/#/b", "+ and # stand alone in a level, and # is the last one.");
		await refused("#", "There is such a subscription already.");
		await refused("€".repeat(100), "A topic filter has at most 256 bytes.");
		await subscribe(page, ...Array.from({ length: 8 }, (_, index) => `topic/${index}`));
		await refused("topic/8", "At most 8 subscriptions: end one first.");
	}));

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
					.filter({ hasText: "from the service" })
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
				["a/+", "", "A topic to publish to has no + and no #."],
				["$aws/things", "", "Topics that begin with $ are reserved."],
				["large", "x".repeat(128 * 1024 + 1), "A payload has at most 131072 bytes."],
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
			new RegExp(`^disconnected${time}CLIENT_INITIATED_DISCONNECT\\s+\\$aws/events/presence/disconnected/lively$`),
			new RegExp(`^unsubscribed${time}some/topic\\s`),
			new RegExp(`^subscribed${time}some/topic\\s`),
			new RegExp(`^connected${time}127\\.0\\.0\\.1\\s`),
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
			await isGone(page.getByRole("cell", { name: "before", exact: true }));
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
