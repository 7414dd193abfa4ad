import type { CommandApdu } from "./apdu.js";
import { CLA, INS_FLAG, INS_MASK, ISO_INS } from "./codes.js";
import type { Chip, Command, Outcome } from "./commands/command.js";
import { COMMANDS } from "./commands/table.js";
import type { Requester } from "./policy.js";
import { SW, StatusError } from "./status.js";
import { type Tlvs, decodeTlvs } from "./tlv.js";

/** Runs a command on the selected applet. Throws StatusError. */
export function executeAppletCommand(apdu: CommandApdu, chip: Chip, requester: Requester): Outcome {
	const command = findCommand(apdu);
	if (apdu.le !== undefined && apdu.le !== 0)
		throw new StatusError(SW.wrongLength);
	const tlvs = decodeTlvs(apdu.data);
	const flags = apdu.ins & ~INS_MASK;
	checkTags(command, tlvs, flags);
	return command.run(chip, { apdu, tlvs, flags, requester });
}

function findCommand({ cla, ins, p1, p2 }: CommandApdu): Command {
	if (cla !== CLA.plain)
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

function checkTags({ required = [], optional = [], attested = [] }: Command, tlvs: Tlvs, flags: number): void {
	const needed = flags & INS_FLAG.attest ? [...required, ...attested] : required;
	const complete = needed.every(tag => tlvs.has(tag));
	const known = [...tlvs.keys()].every(tag => needed.includes(tag) || optional.includes(tag));
	if (!complete || !known)
		throw new StatusError(SW.wrongData);
}

const GENERAL_NAMES: ReadonlyMap<number, string> = new Map([
	[ISO_INS.select, "SELECT"],
	[ISO_INS.getData, "IDENTIFY"],
	[ISO_INS.initializeUpdate, "INITIALIZE UPDATE"],
	[ISO_INS.externalAuthenticate, "EXTERNAL AUTHENTICATE"],
	[ISO_INS.putKey, "PUT KEY"],
]);

/** A command's name by its header, which secure messaging leaves in the clear; for traces. */
export function commandName(apdu: Uint8Array): string {
	const [cla, ins = 0, p1, p2] = apdu;
	const general = GENERAL_NAMES.get(ins);
	if (general !== undefined && (ins !== ISO_INS.select || cla === CLA.iso))
		return general;
	const command = COMMANDS.find(candidate => candidate.ins === (ins & INS_MASK) && candidate.p1 === p1 && candidate.p2 === p2);
	return command?.name ?? "unknown command";
}
