// SPDX-License-Identifier: MIT
import { type CommandApdu, parseCommand } from "../card/apdu.js";
import { StatusError, sw } from "../card/status.js";
import { decodeTlvs, type Tlvs } from "../card/tlv.js";
import { classBytes, insFlag, insMask, instructions, isoIns, tags } from "./codes.js";
import { type Chip, type Command, type Outcome, type Requester, required } from "./commands/command.js";
import { commandTable } from "./commands/table.js";

/** Runs a command on the selected applet. Throws StatusError. */
export function executeAppletCommand(apdu: CommandApdu, chip: Chip, requester: Requester): Outcome {
	const { cla, ins, p1, p2, le } = apdu;
	if (cla === classBytes.plain && ins === instructions.process && p1 === 0 && p2 === 0)
		return processInSession(apdu, chip, requester);
	const command = findCommand(apdu);
	checkSession(command, requester);
	if (le !== undefined && le !== 0 && chip.variant.version[0]! >= 7) throw new StatusError(sw.wrongLength);
	const tlvs = decodeTlvs(apdu.data);
	const flags = ins & ~insMask;
	checkTags(command, tlvs, flags);
	return command.run(chip, { apdu, tlvs, flags, requester });
}

/** ProcessSessionCmd: a command inside another that names its session. */
function processInSession(apdu: CommandApdu, chip: Chip, requester: Requester): Outcome {
	const tlvs = decodeTlvs(apdu.data);
	checkTags({ required: [tags.sessionId, tags.tag1] }, tlvs, 0);
	if (requester.session) throw new StatusError(sw.conditionsNotSatisfied);
	const session = requester.sessions.use(required(tlvs, tags.sessionId), chip.uptime());
	const inner = parseCommand(required(tlvs, tags.tag1));
	return executeAppletCommand(inner, chip, {
		...requester,
		session,
		authenticatedBy: session.state === "open" ? session.authenticationObject : 0,
	});
}

function findCommand({ cla, ins, p1, p2 }: CommandApdu): Command {
	if (cla !== classBytes.plain) throw new StatusError(sw.classNotSupported);
	const known = commandTable.filter(command => command.ins === (ins & insMask));
	if (known.length === 0) throw new StatusError(sw.instructionNotSupported);
	const command = known.find(candidate => candidate.p1 === p1 && candidate.p2 === p2);
	if (!command) throw new StatusError(sw.incorrectP1P2);
	if (ins & ~insMask & ~(command.flags ?? 0)) throw new StatusError(sw.conditionsNotSatisfied);
	return command;
}

/** A session's own commands are nothing outside of one, and a session that is not open takes no others. */
function checkSession({ inSession }: Command, { session }: Requester): void {
	if (inSession && !session) throw new StatusError(sw.wrongParameters);
	if (session && session.state !== "open" && inSession !== "always")
		throw new StatusError(sw.securityStatusNotSatisfied);
}

function checkTags(
	{ required = [], optional = [], attested = [] }: Pick<Command, "required" | "optional" | "attested">,
	tlvs: Tlvs,
	flags: number,
): void {
	const needed = flags & insFlag.attest ? [...required, ...attested] : required;
	const complete = needed.every(tag => tlvs.has(tag));
	const known = [...tlvs.keys()].every(tag => needed.includes(tag) || optional.includes(tag));
	if (!complete || !known) throw new StatusError(sw.wrongData);
}

const generalNames: ReadonlyMap<number, string> = new Map([
	[instructions.process, "ProcessSessionCmd"],
	[isoIns.select, "SELECT"],
	[isoIns.getData, "IDENTIFY"],
	[isoIns.initializeUpdate, "INITIALIZE UPDATE"],
	[isoIns.externalAuthenticate, "EXTERNAL AUTHENTICATE"],
	[isoIns.putKey, "PUT KEY"],
]);

/** A command's name by its header, which secure messaging leaves in the clear; for traces. */
export function commandName(apdu: Uint8Array): string {
	const [cla, ins = 0, p1, p2] = apdu;
	const general = generalNames.get(ins);
	if (general !== undefined && (ins !== isoIns.select || cla === classBytes.iso)) return general;
	const command = commandTable.find(
		candidate => candidate.ins === (ins & insMask) && candidate.p1 === p1 && candidate.p2 === p2,
	);
	return command?.name ?? "unknown command";
}
