import type { CommandApdu } from "./apdu.js";
import { INS_MASK } from "./codes.js";
import type { Chip, Command, Outcome } from "./commands/command.js";
import { COMMANDS } from "./commands/table.js";
import { SW, StatusError } from "./status.js";
import { type Tlvs, decodeTlvs } from "./tlv.js";

/** The applet's class byte in the clear; 84, secure messaging, needs a channel. */
const CLA_PLAIN = 0x80;
const CLA_SECURE_MESSAGING = 0x84;

/** Runs a command on the selected applet. Throws StatusError. */
export function executeAppletCommand(apdu: CommandApdu, chip: Chip): Outcome {
	const command = findCommand(apdu);
	if (apdu.le !== undefined && apdu.le !== 0)
		throw new StatusError(SW.wrongLength);
	const tlvs = decodeTlvs(apdu.data);
	checkTags(command, tlvs);
	return command.run(chip, { tlvs, flags: apdu.ins & ~INS_MASK });
}

function findCommand({ cla, ins, p1, p2 }: CommandApdu): Command {
	if (cla === CLA_SECURE_MESSAGING)
		throw new StatusError(SW.securityStatusNotSatisfied);
	if (cla !== CLA_PLAIN)
		throw new StatusError(SW.classNotSupported);
	const known = COMMANDS.filter(command => command.ins === (ins & INS_MASK));
	if (known.length === 0)
		throw new StatusError(SW.instructionNotSupported);
	const command = known.find(candidate => candidate.p1 === p1 && candidate.p2 === p2);
	if (!command)
		throw new StatusError(SW.incorrectP1P2);
	if (ins & ~INS_MASK & ~(command.flags ?? 0))
		throw new StatusError(SW.conditionsNotSatisfied);
	return command;
}

function checkTags({ required = [], optional = [] }: Command, tlvs: Tlvs): void {
	const complete = required.every(tag => tlvs.has(tag));
	const known = [...tlvs.keys()].every(tag => required.includes(tag) || optional.includes(tag));
	if (!complete || !known)
		throw new StatusError(SW.wrongData);
}

/** A command's name by its header, for traces. */
export function commandName(apdu: Uint8Array): string {
	const [cla, ins = 0, p1, p2] = apdu;
	if (cla === 0x00 && ins === 0xA4)
		return "SELECT";
	if (ins === 0xCA)
		return "IDENTIFY";
	const command = COMMANDS.find(candidate => candidate.ins === (ins & INS_MASK) && candidate.p1 === p1 && candidate.p2 === p2);
	return command?.name ?? "unknown command";
}
