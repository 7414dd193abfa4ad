// SPDX-License-Identifier: MIT
import { type ObservedPacket, type PacketSender, type PacketVerdict, packetType } from "../iot-core/testing.js";
import { type ConnectionFault, faultNames, type Planned } from "./faults.js";
import type { Line } from "./line.js";

/** What a fault needs beside the connection itself. */
export interface Means {
	/** The endpoint ends the connection in good order. */
	disconnect(): void;
	/** Another client connects with the device's client id, and goes again. */
	takeOver(): void;
}

/** Bytes to the device after which its handshake is cut, at most: less than the endpoint's first flight. */
const handshakeBytes = 2_500;
/** So many PUBACKs pass before one does not, at most. */
const pubacks = 8;
/** A connection lives so long behind CONNACK, at most, in milliseconds. */
const lifetime = 2_000;
/** AWS IoT takes one CONNECT a second of a client id: another client's comes later than that, in milliseconds. */
const connectInterval = 1_100;

/** Ends one device's connections, one after another, as planned. */
export class Saboteur {
	readonly #plan: Planned[];
	readonly #means: Means;
	readonly #done = new Map<ConnectionFault, number>(faultNames.map(fault => [fault, 0]));
	#line: Line | undefined;
	#pubacks = 0;
	#timer: NodeJS.Timeout | undefined;

	constructor(plan: readonly Planned[], means: Means) {
		this.#plan = [...plan];
		this.#means = means;
	}

	/** How many ends are still to come. */
	get left(): number {
		return this.#plan.length;
	}

	/** How often each fault came. */
	get done(): ReadonlyMap<ConnectionFault, number> {
		return this.#done;
	}

	/** A TCP connection begins. */
	begin(line: Line): void {
		clearTimeout(this.#timer);
		this.#line = line;
		this.#pubacks = 0;
		const next = this.#plan[0];
		if (next?.fault === "handshake")
			line.cutAfter(1 + Math.floor(next.point * handshakeBytes), () => this.#count("handshake"));
		line.onEnd(() => this.#line === line && clearTimeout(this.#timer));
	}

	/** Judges a control packet of the device's connection. */
	judge({ type }: ObservedPacket, from: PacketSender): PacketVerdict {
		const next = this.#plan[0];
		if (from === "device" || next === undefined) return "pass";
		if (type === packetType.CONNACK) return this.#accepted(next);
		if (type !== packetType.PUBACK || next.fault !== "puback" || ++this.#pubacks <= next.point * pubacks) return "pass";
		this.#count("puback");
		return "cut";
	}

	close(): void {
		clearTimeout(this.#timer);
	}

	#accepted({ fault, point }: Planned): PacketVerdict {
		if (fault === "connack") {
			this.#count(fault);
			return "pass and cut";
		}
		const act = this.#acts[fault];
		const earliest = fault === "takeover" ? connectInterval : 0;
		this.#timer = act && setTimeout(act, earliest + point * lifetime);
		return "pass";
	}

	/** What comes some time after CONNACK. */
	readonly #acts: Partial<Record<ConnectionFault, () => void>> = {
		record: () => this.#line?.cutInRecord(() => this.#count("record")),
		reset: () => {
			this.#line?.reset();
			this.#count("reset");
		},
		silence: () => {
			this.#line?.silence();
			this.#count("silence");
		},
		takeover: () => {
			this.#means.takeOver();
			this.#count("takeover");
		},
		disconnect: () => {
			this.#means.disconnect();
			this.#count("disconnect");
		},
	};

	#count(fault: ConnectionFault): void {
		this.#plan.shift();
		this.#done.set(fault, (this.#done.get(fault) ?? 0) + 1);
	}
}
