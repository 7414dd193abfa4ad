// SPDX-License-Identifier: MIT
/** Status words that the applet gives (AN12413, status words; NXP's `se05x_enums.h`; GlobalPlatform for SCP03). */
export const sw = {
	noError: 0x9000,
	authenticationFailed: 0x6300,
	wrongLength: 0x6700,
	securityStatusNotSatisfied: 0x6982,
	invalidPolicy: 0x6984,
	conditionsNotSatisfied: 0x6985,
	commandNotAllowed: 0x6986,
	secureMessagingMissing: 0x6987,
	secureMessagingIncorrect: 0x6988,
	wrongData: 0x6a80,
	fileNotFound: 0x6a82,
	fileFull: 0x6a84,
	incorrectP1P2: 0x6a86,
	referencedDataNotFound: 0x6a88,
	instructionNotSupported: 0x6d00,
	classNotSupported: 0x6e00,
	wrongParameters: 0x6b00,
} as const;

/** Ends a command: its answer is this status word and no data. */
export class StatusWordError extends Error {
	readonly status: number;

	constructor(status: number) {
		super(`status word ${status.toString(16).toUpperCase()}`);
		this.status = status;
	}
}
