// SPDX-License-Identifier: MIT
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Browser, type ConsoleMessage, chromium, type Locator, type Page } from "playwright-core";
import { suite, type Test } from "uvu";
import * as assert from "uvu/assert";
import { browserPackage, findBrowser } from "../../../../tools/lib/browser.js";
import { root } from "../../../../tools/lib/root.js";
import type { DeviceIdentity, Fixture } from "../fixture.js";
import { startWithPage } from "./fixture.js";

/** Milliseconds that anything on a page may take to appear: two cores are shared with other tests. */
export const patience = 15_000;

/** Seconds that one visit to a page may take. */
const visitSeconds = 60;

/** Starts Debian's Chromium; it finds no name and no address but those of this machine. */
export function launchBrowser(): Promise<Browser> {
	const executablePath = findBrowser();
	if (!executablePath)
		throw new Error(`There is no Chromium on this machine: install the Debian package ${browserPackage}.`);
	return chromium.launch({ executablePath, args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"] });
}

/** An iot-core with its page, a device that may do everything, and a browser. */
export interface PageContext {
	fixture: Fixture;
	url: string;
	device: DeviceIdentity;
	browser: Browser;
}

/** A suite of tests that share one iot-core and one browser. */
export function pageSuite(name: string): Test<PageContext> {
	const test = suite<PageContext>(name);
	test.before(async context => {
		Object.assign(context, await startWithPage());
		context.device = await context.fixture.makeRegisteredDevice();
		context.browser = await launchBrowser();
	});
	test.after(async ({ browser, fixture }) => {
		await browser.close();
		await fixture.close();
	});
	return test;
}

export interface Visit {
	/** Complaints of the browser that belong to the test. */
	expected?: RegExp;
	width?: number;
	height?: number;
}

/**
 * Opens the page, does something with it, and closes it. Whatever it asks another origin for is not sent; fails when
 * there was such a request, an error of a script, or a complaint on the browser's console.
 */
export async function visit(
	browser: Browser,
	url: string,
	body: (page: Page) => Promise<void>,
	{ expected, width = 1180, height = 940 }: Visit = {},
): Promise<void> {
	const context = await browser.newContext({ viewport: { width, height }, timezoneId: "UTC" });
	context.setDefaultTimeout(patience);
	const page = await context.newPage();
	const asked: string[] = [],
		complaints: string[] = [];
	await context.route("**/*", route => {
		const target = route.request().url();
		asked.push(target);
		return new URL(target).origin === new URL(url).origin ? route.continue() : route.abort();
	});
	page.on("pageerror", error => complaints.push(error.message));
	page.on("console", message => complaints.push(...complaint(message)));
	page.on("dialog", dialog => complaints.push(`a dialog: ${dialog.message()}`));
	try {
		await page.goto(url);
		await shows(page.getByText("Live", { exact: true }));
		await Promise.race([body(page), tooLong(page)]);
	} finally {
		await context.close();
	}
	for (const path of ["", "page.css", "page.js", "events"])
		assert.ok(
			asked.some(target => target.startsWith(`${url}${path}`)),
			`it asked for /${path}`,
		);
	assert.equal(
		asked.filter(target => new URL(target).origin !== new URL(url).origin),
		[],
	);
	assert.equal(
		complaints.filter(text => !expected?.test(text)),
		[],
	);
}

/** Rejects when a page is open for longer than a test takes: what a device waits for may never come. */
function tooLong(page: Page): Promise<never> {
	return new Promise((_resolve, reject) => {
		const timer = setTimeout(
			() => reject(new Error(`The test did not end within ${visitSeconds} s.`)),
			visitSeconds * 1_000,
		);
		page.on("close", () => clearTimeout(timer));
	});
}

function complaint(message: ConsoleMessage): string[] {
	return ["error", "warning"].includes(message.type()) ? [`${message.type()}: ${message.text()}`] : [];
}

/** Waits until something is to be seen. */
export function shows(what: Locator): Promise<void> {
	return what.first().waitFor({ state: "visible", timeout: patience });
}

/** Waits until nothing of it is on the page. */
export async function isGone(what: Locator): Promise<void> {
	await what.first().waitFor({ state: "detached", timeout: patience });
}

/** The rows of a list, newest first. */
export function rowsOf(page: Page, what: "messages" | "lifecycle events" | "refusals"): Locator {
	return page.getByRole("group", { name: `Latest ${what}` }).getByRole("listitem");
}

/** Waits until a list's rows, and no others, match, newest first. */
export async function showsRows(rows: Locator, patterns: readonly RegExp[]): Promise<void> {
	const matches = (texts: string[]) =>
		texts.length === patterns.length && texts.every((text, index) => patterns[index]?.test(text));
	let texts: string[] = [];
	for (const deadline = Date.now() + patience; Date.now() < deadline; ) {
		texts = await rows.allInnerTexts();
		if (matches(texts)) return;
		await rows.page().waitForTimeout(50);
	}
	assert.unreachable(`Expected ${patterns.join(", ")}, not:\n${texts.join("\n---\n")}`);
}

/** Takes the place of all subscriptions; resolves when messages for these come. */
export async function subscribe(page: Page, ...filters: string[]): Promise<void> {
	const remove = page.getByRole("button", { name: /^Unsubscribe from / });
	while ((await remove.count()) > 0) await remove.first().click();
	for (const filter of filters) {
		const opened = page.waitForResponse(response => {
			const { pathname, searchParams } = new URL(response.url());
			return pathname === "/events" && searchParams.getAll("filter").includes(filter);
		});
		await page.getByLabel("Topic filter").fill(filter);
		await page.getByRole("button", { name: "Subscribe", exact: true }).click();
		await opened;
	}
}

/** Keeps a picture of the page below build/. */
export async function keepPicture(page: Page, name: string): Promise<Buffer> {
	const path = join(root, "build", "pictures", name);
	mkdirSync(dirname(path), { recursive: true });
	return page.screenshot({ path });
}
