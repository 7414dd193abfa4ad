// SPDX-License-Identifier: MIT
/** `npm start` and its page in Chromium: what the firmwares say and what the page shows is the same. */
import { join } from "node:path";
import { connect } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../../tools/build/build.js";
import { withCleanUp } from "../../app/picture.js";
import { CommandLine } from "../../command-line.js";
import { keepPicture, launchBrowser, rowsOf, shows, subscribe, visit } from "./browser.js";

await build();

const devices = ["device-1", "device-2", "device-3"];

/** Goes to the device endpoint without a certificate. */
function knock(host: string, port: number): void {
	connect({ host: "127.0.0.1", port, servername: host, rejectUnauthorized: false }).on("error", () => {});
}

/** Width and height of a PNG picture (ISO/IEC 15948, section 11.2.2). */
const sizeOf = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)];

test("the page that npm start names shows its devices and their messages, who is refused, and what is published there reaches them", () =>
	withCleanUp(async (folder, onEnd) => {
		const command = CommandLine.tool("start", ["--state", join(folder, "state"), "--interval", "1000"]);
		onEnd(() => command.kill());
		const [, url = ""] = /(http:\/\/127\.0\.0\.1:\d+\/)/.exec(await command.line(/^http:/)) ?? [];
		const browser = await launchBrowser();
		onEnd(() => browser.close());
		for (const device of devices) await command.until(`echo of ${device}`, () => command.events("receive", device)[0]);
		const field = (device: string, event: string, name: string) => command.events(event, device)[0]?.fields[name] ?? "";
		const clientIds = devices.map(device => field(device, "identity", "clientId"));
		await visit(
			browser,
			url,
			async page => {
				for (const [index, device] of devices.entries()) {
					const row = page
						.getByRole("row")
						.filter({ has: page.getByRole("cell", { name: clientIds[index], exact: true }) });
					await shows(row.getByRole("cell", { name: field(device, "certificate", "certificateId"), exact: true }));
					await shows(row.getByRole("cell", { name: device, exact: true }));
				}
				await subscribe(page, "test_topic/#");
				for (const [index, clientId] of clientIds.entries())
					for (const qos of [0, 1])
						await shows(
							rowsOf(page, "messages").filter({
								hasText: `QoS ${qos}from ${devices[index]} (${clientId})hello from ESP32 (QOS${qos})`,
							}),
						);
				await page.getByRole("button", { name: "Publish" }).click();
				for (const device of devices)
					await command.until(`the page's message at ${device}`, () =>
						command
							.events("receive", device)
							.find(({ fields }) => fields.payload === '{ "message": "Hello from the local AWS IoT Core" }'),
					);
				const { host = "", port } = command.events("connect", "device-1")[0]?.fields ?? {};
				knock(host, Number(port));
				await shows(rowsOf(page, "refusals").filter({ hasText: "no client certificate was shown" }));
				assert.equal(sizeOf(await keepPicture(page, "iot-core-page.png")), [1180, 1080]);
			},
			{ height: 1080 },
		);
		command.interrupt();
		assert.is((await command.ended).status, 130);
	}));

test.run();
