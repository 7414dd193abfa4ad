// SPDX-License-Identifier: MIT
import type { Port } from "../../../../tools/lib/serial/connection.js";

type Listener = (value: never) => void;

/** A port whose other end is played by a test. */
export class FakePort implements Port {
	isOpen = true;
	/** Control lines and speeds, as they were set. */
	readonly changes: string[] = [];
	onWrite: (text: string) => void = () => undefined;
	onReset: () => void = () => undefined;
	readonly #listeners = new Map<string, Listener[]>();

	on(event: string, listener: Listener): void {
		this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
	}

	emit(event: string, value?: unknown): void {
		this.#listeners.get(event)?.forEach(listener => listener(value as never));
	}

	send(text: string | Uint8Array): void {
		this.emit("data", Buffer.from(text as string));
	}

	write(text: string): void {
		this.onWrite(text);
	}

	set({ rts }: { rts: boolean }, done: (error: null) => void): void {
		this.changes.push(`rts ${rts}`);
		if (!rts) this.onReset();
		done(null);
	}

	update({ baudRate }: { baudRate: number }, done: (error: null) => void): void {
		this.changes.push(`speed ${baudRate}`);
		done(null);
	}

	close(done: () => void): void {
		this.isOpen = false;
		done();
	}
}

const escape = (text: string) =>
	text.replace(/[&<>"\n]/g, character => `&#${character.charCodeAt(0).toString().padStart(2, "0")};`);

/**
 * The board's side of a debug build, as xsPlatform.c and xsDebug.c have it: it says its name and waits for `go`; each
 * line of the program is a `log` message; at a break it waits for `go` again. What it waits for it takes only in the
 * form that fxReceiveLoop reads: a processing instruction of its own machine, and a command in the next line.
 */
export class DebugBoard {
	readonly #machine: string;
	readonly #send: (text: string) => void;
	/** Commands that came, in their order. */
	readonly commands: string[] = [];
	#waiting: (() => void) | undefined;

	constructor(send: (text: string) => void, machine = "3FFB2F00") {
		this.#send = send;
		this.#machine = machine;
	}

	async start(): Promise<void> {
		this.#send("<?xs-00000000?>\r\n");
		await this.#ask('<login name="main" value="XS 16.6.1 32-bit LE 16-bit ID" flags="e"/>');
	}

	log(line: string): void {
		this.#message(`<log>${escape(`${line}\n`)}</log>`);
	}

	/** Stands at an exception, with its frames, until it is let go. */
	async stop(text: string): Promise<void> {
		await this.#ask(
			`<frames><frame name="sign" value="@3FFC0000" path="/project/se050/se050.ts" line="42"/></frames><local name="sign"></local><break path="/project/main.ts" line="7"># Break: ${escape(text)}!\n</break>`,
		);
	}

	/** A line of ESP-IDF in between. */
	plain(line: string): void {
		this.#send(`${line}\r\n`);
	}

	receive(text: string): void {
		const pattern = new RegExp(`\\r\\n<\\?xs\\.${this.#machine}\\?>\\r\\n(<.+?>)\\r\\n(?=\\r\\n|$)`, "g");
		for (const [, command = ""] of text.matchAll(pattern)) {
			this.commands.push(command);
			if (command !== "<go/>") continue;
			this.#waiting?.();
			this.#waiting = undefined;
		}
	}

	/** Sends a message and waits until the board may go on. */
	#ask(xml: string): Promise<void> {
		return new Promise(resolve => {
			this.#waiting = resolve;
			this.#message(xml);
		});
	}

	#message(xml: string): void {
		this.#send(`\r\n<?xs.${this.#machine}?>\r\n<xsbug>${xml}</xsbug>\r\n`);
	}
}
