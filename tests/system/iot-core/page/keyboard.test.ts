// SPDX-License-Identifier: MIT
/** The page of iot-core in Chromium, for those who use a keyboard or have it read to them. */
import type { Page } from "playwright-core";
import * as assert from "uvu/assert";

import { nextMessage } from "../fixture.js";
import { pageSuite, rowsOf, shows, showsRows, visit } from "./browser.js";

const test = pageSuite("the page by keyboard");

/** What has the focus, as an assistive technology names it: role and name. */
async function focused(page: Page): Promise<string> {
	const [, role, name] = /^- '?(\w+) ("[^"]*")/.exec(await page.locator(":focus").ariaSnapshot()) ?? [];
	// ARIA has no role for a summary.
	if (role === undefined) return `summary "${await page.locator("summary:focus").textContent()}"`;
	return `${role} ${name?.replace(/[0-9a-f]{8}"$/, 'a device"')}`;
}

/** What the Tab key reaches, in this order. */
const stops = [
	'searchbox "Search"',
	'group "Table of devices"',
	'button "Show only a device"',
	'button "Deactivate the certificate of a device"',
	'summary "How to connect"',
	'button "Pause"',
	'button "Export"',
	'button "Clear"',
	'textbox "Topic filter"',
	'button "Subscribe"',
	'button "Unsubscribe from #"',
	'group "Latest messages"',
	'textbox "Topic"',
	'textbox "Payload"',
	'combobox "QoS"',
	'checkbox "Retain"',
	'button "Publish"',
	'group "Latest lifecycle events"',
	'group "Latest refusals"',
] as const;

test("Tab reaches every control and every list that scrolls, in reading order, with a name and a visible focus", ({
	browser,
	url,
}) =>
	visit(browser, url, async page => {
		const reached: string[] = [];
		for (const _ of stops) {
			await page.keyboard.press("Tab");
			reached.push(await focused(page));
			assert.is(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "solid", reached.at(-1));
		}
		assert.equal(reached, [...stops]);
	}));

test("by keyboard alone one subscribes, publishes at QoS 1, and ends a subscription", ({
	browser,
	fixture,
	url,
	device,
}) =>
	visit(browser, url, async page => {
		const press = async (...keys: string[]) => {
			for (const key of keys) await page.keyboard.press(key);
		};
		const client = fixture.connect(device, { clientId: "keyboard" });
		await client.subscribeAsync("by/keyboard", { qos: 1 });
		const message = nextMessage(client);
		const opened = page.waitForResponse(response => /\/events\?.*by%2F%2B/.test(response.url()));
		await press(...stops.slice(0, stops.indexOf('textbox "Topic filter"') + 1).map(() => "Tab"));
		await page.keyboard.type("by/+");
		await press("Enter");
		await opened;
		await press("Tab", "Tab", "Enter"); // the first subscription, #
		assert.is(await focused(page), 'textbox "Topic filter"');
		await press("Tab", "Tab", "Tab", "Tab");
		assert.is(await focused(page), 'textbox "Topic"');
		await press("Control+A");
		await page.keyboard.type("by/keyboard");
		await press("Tab", "Control+A");
		await page.keyboard.type("no mouse");
		await press("Tab", "ArrowDown", "Tab", "Tab", "Enter");
		await shows(page.getByText(/^Published at /));
		assert.is(await message, "by/keyboard no mouse");
		await showsRows(rowsOf(page, "messages"), [/^by\/keyboard\s.*QoS 1/s]);
		await client.endAsync();
	}));

test("regions, headings, table and messages of success and failure have the roles that a screen reader tells", ({
	browser,
	url,
}) =>
	visit(
		browser,
		url,
		async page => {
			assert.equal(await page.getByRole("heading").allInnerTexts(), [
				"Local AWS IoT Core",
				"Devices 0 connected, 1 registered",
				"Messages 0",
				"Publish",
				"Lifecycle events",
				"Refusals",
			]);
			for (const name of ["Devices 0 connected, 1 registered", "Messages 0", "Publish", "Lifecycle events", "Refusals"])
				assert.is(await page.getByRole("region", { name, exact: true }).count(), 1, name);
			assert.equal(await page.getByRole("columnheader").allInnerTexts(), [
				"State",
				"Name",
				"Client id",
				"Certificate id",
				"IP address",
				"Since",
				"Messages",
				"Action",
			]);
			assert.is(await page.getByRole("list", { name: "Subscriptions" }).getByRole("listitem").count(), 1);
			await page.getByLabel("Topic", { exact: true }).fill("$aws/reserved");
			await page.getByRole("button", { name: "Publish" }).click();
			await shows(page.getByRole("status").filter({ hasText: "The topic $aws/reserved is reserved." }));
			await shows(page.getByRole("status").filter({ hasText: "Live" }));
			assert.is(await page.title(), "Local AWS IoT Core");
			assert.is(await page.locator("html").getAttribute("lang"), "en");
		},
		{ expected: /the server responded with a status of 400/ },
	));

test.run();
