// SPDX-License-Identifier: MIT
/** Where something was read: for a person to find it. */
export interface SourceOrigin {
	/** File, port or `standard input`, as the person gave it. */
	name: string;
	/** First line of it, counted from 1; none for a binary file. */
	line?: number;
}

interface Read {
	origin: SourceOrigin;
	/** How much of all sources has been read when this one is dealt with, in bytes. */
	position: number;
}

/** What a source holds for one chip; nothing of it is checked yet. */
export interface Found extends Read {
	/** As the source writes it. */
	uid?: string;
	/** PEM, base64 of DER, or DER. */
	certificate: string | Uint8Array;
	/** What a board said with it: the client id that it will use, and its own SHA-256 of the certificate. */
	board?: { clientId?: string; certificateId?: string };
}

/** A place of a source that cannot be read. */
export interface Unreadable extends Read {
	problem: string;
	uid?: string;
}

export type Candidate = Found | Unreadable;

/** What a reader of a format yields: without the position, which is known where the bytes are counted. */
export type Item = Omit<Found, "position"> | Omit<Unreadable, "position">;

/** `ledger.csv:17` */
export function originText({ name, line }: SourceOrigin): string {
	return line === undefined ? name : `${name}:${line}`;
}
