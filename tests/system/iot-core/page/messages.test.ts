// SPDX-License-Identifier: MIT
/** The page of iot-core in Chromium, with messages that are hostile, no text, large, or many. */
import type { Page } from "playwright-core";
import * as assert from "uvu/assert";

import type { Fixture } from "../fixture.js";
import { pageSuite, rowsOf, shows, visit } from "./browser.js";

const test = pageSuite("messages on the page in Chromium");

/** The payload that a message's row shows. */
const payloadOf = (page: Page, topic: string) => rowsOf(page, "messages").filter({ hasText: topic }).locator("pre");

/** How far the page reaches beyond the window's right edge, in pixels. */
const overflow = (page: Page) => page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");

/** Texts that are wider than the box that they are in, inside of lists and tables too. */
const cut = (page: Page) =>
	page.evaluate<string[]>(
		"[...document.querySelectorAll('main *')].filter(e => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && !e.matches('input, textarea, select, .unseen, thead, thead *')).map(e => e.outerHTML.slice(0, 80))",
	);

/** What can be touched and is smaller than 44 pixels. */
const smallTargets = (page: Page) =>
	page.evaluate<string[]>(
		"[...document.querySelectorAll('button, select, summary, textarea, a, .check, input:not([type=checkbox])')].filter(e => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.outerHTML.slice(0, 80))",
	);

const markup = [
	'<img src=x onerror="window.attacked = true">',
	"<script>window.attacked = true</script>",
	'</pre></li></ol><iframe srcdoc="<script>parent.attacked = true</script>"></iframe>',
	'"><svg onload=window.attacked=true>',
	"\n\nevent: snapshot\ndata: {}\n\n",
	"javascript:window.attacked=true",
] as const;

test("markup and scripts in payloads, topics and client ids are shown as text", ({ browser, fixture, url, device }) =>
	visit(browser, url, async page => {
		const client = fixture.connect(device, { clientId: '<b onmouseover="window.attacked = true">bold</b>' });
		for (const [index, text] of markup.entries()) {
			await client.publishAsync(`attack/${index}`, text, { qos: 1 });
			assert.is(await payloadOf(page, `attack/${index}`).evaluate(element => element.textContent), text);
		}
		const topic = "<img src=x onerror=window.attacked=true>";
		await client.publishAsync(topic, "in the topic", { qos: 1 });
		await client.subscribeAsync("<svg onload=window.attacked=true>");
		await shows(rowsOf(page, "messages").filter({ hasText: topic }));
		await shows(page.getByRole("cell", { name: '<b onmouseover="window.attacked = true">bold</b>' }));
		await shows(rowsOf(page, "lifecycle events").filter({ hasText: "<svg onload=window.attacked=true>" }));
		assert.is(await page.evaluate("window.attacked"), undefined);
		assert.is(await page.locator("main").locator("img, script, iframe, svg, b").count(), 0);
		await client.endAsync();
	}));

test("a payload that is no text is shown in hexadecimal digits, and said to be", ({ browser, fixture, url, device }) =>
	visit(browser, url, async page => {
		const client = fixture.connect(device, { clientId: "binary" });
		await client.publishAsync("binary", Buffer.from([0x00, 0xff, 0xc3, 0x28, 0x0a]), { qos: 1 });
		await shows(rowsOf(page, "messages").filter({ hasText: "QoS 1, hexadecimal" }));
		assert.is(await payloadOf(page, "binary").textContent(), "00ffc3280a");
		await client.endAsync();
	}));

test("of a payload of 128 KB its beginning is shown, with its length, and nothing leaves the window's width", ({
	browser,
	fixture,
	url,
	device,
}) =>
	visit(browser, url, async page => {
		const client = fixture.connect(device, { clientId: "generous" });
		await client.publishAsync("large", "x".repeat(128 * 1024), { qos: 1 });
		await client.publishAsync("y".repeat(250), "", { qos: 1 });
		await shows(rowsOf(page, "messages").filter({ hasText: "the beginning of 131072 bytes" }));
		assert.is(await payloadOf(page, "large").textContent(), "x".repeat(4096));
		assert.ok((await overflow(page)) <= 0, "at full width");
		await page.setViewportSize({ width: 360, height: 640 });
		assert.ok((await overflow(page)) <= 0, "on a telephone");
		assert.equal(await cut(page), [], "nothing is cut");
		assert.equal(await smallTargets(page), [], "targets of 44 pixels");
		assert.ok((await page.locator("header").boundingBox())!.height < 160, "the head leaves room for the page");
		await client.endAsync();
	}));

test("from the page, 128 KB can be published", ({ browser, fixture, url, device }) =>
	visit(browser, url, async page => {
		const client = fixture.connect(device, { clientId: "receiving" });
		await client.subscribeAsync("from/page");
		const length = new Promise<number>(resolve => client.once("message", (_topic, payload) => resolve(payload.length)));
		await page.getByLabel("Topic", { exact: true }).fill("from/page");
		await page.getByLabel("Payload").fill("€".repeat(43_690));
		await page.getByRole("button", { name: "Publish" }).click();
		assert.is(await length, 131_070);
		await shows(page.getByText(/^Published at /));
		await client.endAsync();
	}));

/** Publishes many messages, faster than AWS lets one device, to topics below `flood/`, numbered from 0. */
async function flood({ core }: Fixture, count: number): Promise<void> {
	for (let sent = 0; sent < count; sent++) await core.publish(`flood/${sent}`, "x".repeat(200), 0);
}

test("of a thousand messages the latest 200 stay, each made once, and the page answers meanwhile", ({
	browser,
	fixture,
	url,
}) =>
	visit(browser, url, async page => {
		await page.evaluate(
			"window.made = 0; new MutationObserver(records => records.forEach(({ addedNodes }) => window.made += addedNodes.length)).observe(document.getElementById('messages'), { childList: true, subtree: true })",
		);
		const flooding = flood(fixture, 1_000);
		await page.getByLabel("Payload").fill("typed during the flood");
		await page.getByRole("button", { name: "Publish" }).click();
		await shows(page.getByText(/^Published at /));
		await flooding;
		await shows(rowsOf(page, "messages").filter({ hasText: "flood/999" }));
		assert.is(await rowsOf(page, "messages").count(), 200);
		// A list that is drawn again for each message makes 200 rows a message.
		const made = await page.evaluate<number>("window.made");
		assert.ok(made >= 200 && made <= 1_001, `${made} elements were put into the list for 1001 messages`);
	}));

test("while it is paused, messages are counted and not shown; Clear empties the list", ({
	browser,
	fixture,
	url,
	device,
}) =>
	visit(browser, url, async page => {
		const client = fixture.connect(device, { clientId: "pausing" });
		const pause = page.getByRole("button", { name: "Pause" }),
			resume = page.getByRole("button", { name: "Resume" });
		await client.publishAsync("before", "", { qos: 1 });
		await shows(rowsOf(page, "messages").filter({ hasText: "before" }));
		await pause.click();
		await shows(resume);
		const shown = await rowsOf(page, "messages").count();
		await flood(fixture, 3);
		await shows(page.getByText("3 messages are not shown."));
		assert.is(await rowsOf(page, "messages").count(), shown);
		await resume.click();
		await shows(pause);
		await client.publishAsync("after", "", { qos: 1 });
		await shows(rowsOf(page, "messages").filter({ hasText: "after" }));
		await page.getByRole("button", { name: "Clear" }).click();
		await shows(page.getByText("No message yet."));
		assert.is(await page.getByText("are not shown").count(), 0);
		await client.endAsync();
	}));

test.run();
