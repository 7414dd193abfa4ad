// SPDX-License-Identifier: MIT
import { appletAid, type Command, commands, decodeResponse, encodeCommand, tags } from "./apdu.js";
import { u32 } from "./bytes.js";
import { decodeOef } from "./identify.js";
import { LinkError } from "./link-error.js";
import { UnknownOutcomeError } from "./outcome.js";
import {
	type ChannelCounting,
	type ChannelKeys,
	factoryKeysOf,
	type PlatformKeys,
	type Scp03Option,
	withChannelKeys,
} from "./scp03.js";
import { MissingObjectError, StatusError, success, WrongTypeError } from "./status.js";
import { decodeTlvs, encodeTlv, TlvError, valueOf } from "./tlv.js";
import { channelCountingOf, decodeVersion, responseDataMax, type Version, wholeBlocksMax } from "./version.js";

/** What carries APDUs to the chip: `Link`, or whatever stands for it in a test. */
export interface Transceiver {
	/** One command APDU out, its response in, status word included. */
	transceive(apdu: Uint8Array): ArrayBuffer;
	/** Makes the transceiver usable after a failure; the chip then has no applet selected. */
	reset?(): unknown;
	/** Opens a secure channel to what is selected; a reset ends it. */
	secure?(keys: ChannelKeys, counting: ChannelCounting): void;
}

/** TAG_1 with an object's id. @throws {RangeError} it is not one */
export function idTlv(id: number): Uint8Array {
	if (!Number.isInteger(id) || id < 0 || id > 0xffffffff)
		throw new RangeError(`an SE050's object id is a whole number of 32 bits, not ${id}`);
	return encodeTlv(tags.first, u32(id));
}

/** How often a command is repeated. */
const repetitions = 1;

/** The tries of one command. */
class Attempts {
	#left = repetitions;
	#isFirst = true;

	/** A link that was not reset yet has sent nothing: what comes after the reset is the first try, but only once. */
	allowAnother(error: unknown): boolean {
		const nothingSent = this.#isFirst && error instanceof LinkError && error.code === "RESET_NEEDED";
		this.#isFirst = false;
		return nothingSent || this.#left-- > 0;
	}
}

/** How a change is looked for after its response was lost. */
export interface Evidence {
	/** Asks the chip whether the change was made. */
	executed(): boolean;
	/** What a person can do to find out when the chip cannot be asked. */
	readonly look: string;
}

/**
 * The applet at the other end of a link: selects it, opens the secure channel, and brings both back when the chip or the link lost them.
 * A command that only asks is then repeated once; one that changes something is not, unless it is known not to have been
 * executed.
 */
export class Applet {
	readonly #link: Transceiver;
	readonly #scp03: Scp03Option | undefined;
	#platformKeys: PlatformKeys | undefined;
	#version: Version | undefined;

	/** @throws {TypeError} the link has no secure channel, which the option asks for */
	constructor(link: Transceiver, scp03?: Scp03Option) {
		if (scp03 !== undefined && link.secure === undefined)
			throw new TypeError("scp03: this link cannot open a secure channel");
		this.#link = link;
		this.#scp03 = scp03;
	}

	/** Resets the link, selects the applet and opens the channel. @throws {LinkError | StatusError} */
	select(): Version {
		try {
			return this.#selectOnce();
		} catch (error) {
			if (!this.#canRecover(error)) throw error;
			return this.#selectOnce();
		}
	}

	/** Of the applet that is selected; selects it where that was not done. */
	get version(): Version {
		return this.#version ?? this.select();
	}

	/** The most bytes of an object that one response carries. */
	get responseDataMax(): number {
		return responseDataMax(this.version, this.#scp03 !== undefined);
	}

	/** The same where no block of T=1 is to be half empty. */
	get wholeBlocksMax(): number {
		return wholeBlocksMax(this.version, this.#scp03 !== undefined);
	}

	/** The value of TAG_1, the one thing that every response used here has. */
	value(command: Command, data: Uint8Array): Uint8Array {
		return valueOf(decodeTlvs(this.ask(command, data)), tags.first);
	}

	/** The same where its length is known. @throws {TlvError} it has another */
	exactly(length: number, command: Command, data: Uint8Array): Uint8Array {
		const value = this.value(command, data);
		if (value.length !== length)
			throw new TlvError(`SE050 ${command.name}: ${value.length} bytes instead of ${length}`);
		return value;
	}

	/** The response's data to a command that changes nothing. */
	ask(command: Command, data: Uint8Array): Uint8Array {
		const attempts = new Attempts();
		for (;;) {
			try {
				return this.#transceive(command, data);
			} catch (error) {
				if (!this.#canRecover(error) || !attempts.allowAnother(error)) throw error;
				this.select();
			}
		}
	}

	/**
	 * Sends a command that changes something. When its response is lost, the chip is asked whether the change was made: if so,
	 * that is the end; if not, the command is sent a second time. It is never sent twice on the mere chance that it was lost.
	 * @throws {LinkError | StatusError} the change was not made
	 * @throws {UnknownOutcomeError} the chip could not be asked
	 */
	change(command: Command, data: Uint8Array, evidence: Evidence): void {
		const attempts = new Attempts();
		for (;;) {
			try {
				this.#transceive(command, data);
				return;
			} catch (error) {
				if (this.#wasExecuted(command, error, evidence)) return;
				if (!attempts.allowAnother(error))
					throw error instanceof LinkError ? new LinkError(error.step, error.code, error.detail, "no") : error;
			}
		}
	}

	exists(id: number): boolean {
		const [result] = this.value(commands.checkObjectExists, idTlv(id));
		if (result !== 1 && result !== 2)
			throw new TlvError(`SE050 CheckObjectExists: result ${result} is neither 1 (yes) nor 2 (no)`);
		return result === 1;
	}

	/** What an object is: a number of AN12413's table "SecureObjectType". */
	type(id: number): number {
		return this.value(commands.readType, idTlv(id))[0] ?? 0;
	}

	/** Runs what concerns one object; when the chip refuses, asks it whether the object is missing or of another type. */
	explaining<Result>(id: number, wanted: string, fits: (type: number) => boolean, action: () => Result): Result {
		try {
			return action();
		} catch (error) {
			throw error instanceof StatusError && error.ambiguous ? this.#explain(error, id, wanted, fits) : error;
		}
	}

	/** After a failure: brings the applet back, and asks the chip whether the command was executed where that is not known. */
	#wasExecuted({ name }: Command, failure: unknown, { executed, look }: Evidence): boolean {
		const lost = this.#isUncertain(failure) ? failure : undefined;
		try {
			if (!this.#canRecover(failure)) throw failure;
			this.select();
			return lost !== undefined && executed();
		} catch {
			throw lost ? new UnknownOutcomeError(name, lost, look) : failure;
		}
	}

	#explain(error: StatusError, id: number, wanted: string, fits: (type: number) => boolean): StatusError {
		try {
			if (!this.exists(id)) return new MissingObjectError(error, id);
			const type = this.type(id);
			return fits(type) ? error : new WrongTypeError(error, id, type, wanted);
		} catch {
			return error;
		}
	}

	#selectOnce(): Version {
		this.#version = undefined;
		this.#link.reset?.();
		const keys = this.#keys();
		const version = decodeVersion(this.#transceive(commands.select, appletAid));
		if (keys !== undefined) withChannelKeys(keys, bytes => this.#link.secure?.(bytes, channelCountingOf(version)));
		this.#version = version;
		return version;
	}

	/** The secure channel's keys; "auto" asks the chip, once, which only works before an applet is selected. */
	#keys(): PlatformKeys | undefined {
		if (this.#scp03 === "auto")
			return (this.#platformKeys ??= factoryKeysOf(
				decodeOef(this.#transceive(commands.identify, Uint8Array.of(0xdf, 0x28))),
			));
		return this.#scp03;
	}

	#transceive(command: Command, data: Uint8Array): Uint8Array {
		const response = decodeResponse(new Uint8Array(this.#link.transceive(encodeCommand(command, data))));
		if (response.sw !== success) throw new StatusError(command.name, response.sw);
		return response.data;
	}

	/** A status word that ends a secure channel has no MAC: a fault, or somebody, may have put it in place of a success. */
	#isUncertain(error: unknown): error is LinkError | StatusError {
		return (
			(error instanceof LinkError && error.executed === "unknown") ||
			(error instanceof StatusError && this.#scp03 !== undefined && error.channelGone)
		);
	}

	/** Whether the chip or the link lost its state, so that a reset, SELECT and a new channel may bring it back. */
	#canRecover(error: unknown): boolean {
		if (this.#link.reset === undefined) return false;
		return (
			(error instanceof LinkError && error.recoverable) ||
			(error instanceof StatusError && (error.appletGone || (this.#scp03 !== undefined && error.channelGone)))
		);
	}
}
