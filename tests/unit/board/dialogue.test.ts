// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Dialogue } from "../../../tools/board/dialogue.js";
import { FakePort } from "../lib/serial/debug-board.js";

test("a board whose USB port goes away while it restarts has restarted when the port is back", async () => {
	const ports: FakePort[] = [];
	const answer = (port: FakePort, written: string) => {
		if (written.includes("show")) port.send("    1.000 settings    stored=none restart=no\r\n");
		if (written.includes("restart")) port.emit("close");
	};
	const board = new Dialogue({
		path: "tty",
		baudRate: undefined,
		onNote: () => undefined,
		patience: 240,
		async open() {
			const port = new FakePort();
			port.onWrite = written => answer(port, written);
			ports.push(port);
			return port;
		},
	});
	await board.open();
	await board.ask("show", "settings");
	assert.is(ports.length, 1);
	await board.restart(false);
	assert.is(ports.length, 2);
	assert.is((await board.ask("show", "settings")).fields.stored, "none");
	await board.close();
});

test.run();
