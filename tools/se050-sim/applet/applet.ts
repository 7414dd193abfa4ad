import { type CommandApdu, parseCommand } from "../card/apdu.js";
import { CLA, INS, INS_FLAG, INS_MASK, ISO_INS, TAG } from "./codes.js";
import { type Chip, type Command, type Outcome, type Requester, required } from "./commands/command.js";
import { COMMANDS } from "./commands/table.js";
import { SW, StatusError } from "../card/status.js";
import { type Tlvs, decodeTlvs } from "../card/tlv.js";

/** Runs a command on the selected applet. Throws StatusError. */
export function executeAppletCommand(apdu: CommandApdu, chip: Chip, requester: Requester): Outcome {
	const { cla, ins, p1, p2, le } = apdu;
	if (cla === CLA.plain && ins === INS.process && p1 === 0 && p2 === 0)
		return processInSession(apdu, chip, requester);
	const command = findCommand(apdu);
	checkSession(command, requester);
	if (le !== undefined && le !== 0 && chip.variant.version[0]! >= 7)
		throw new StatusError(SW.wrongLength);
	const tlvs = decodeTlvs(apdu.data);
	const flags = ins & ~INS_MASK;
	checkTags(command, tlvs, flags);
	return command.run(chip, { apdu, tlvs, flags, requester });
}

/** ProcessSessionCmd: a command inside another that names its session. */
function processInSession(apdu: CommandApdu, chip: Chip, requester: Requester): Outcome {
	const tlvs = decodeTlvs(apdu.data);
	checkTags({ required: [TAG.sessionId, TAG.tag1] }, tlvs, 0);
	if (requester.session)
		throw new StatusError(SW.conditionsNotSatisfied);
	const session = requester.sessions.use(required(tlvs, TAG.sessionId), chip.uptime());
	const inner = parseCommand(required(tlvs, TAG.tag1));
	return executeAppletCommand(inner, chip, { ...requester, session, authenticatedBy: session.state === "open" ? session.authenticationObject : 0 });
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

/** A session's own commands are nothing outside of one, and a session that is not open takes no others. */
function checkSession({ inSession }: Command, { session }: Requester): void {
	if (inSession && !session)
		throw new StatusError(SW.wrongParameters);
	if (session && session.state !== "open" && inSession !== "always")
		throw new StatusError(SW.securityStatusNotSatisfied);
}

function checkTags({ required = [], optional = [], attested = [] }: Pick<Command, "required" | "optional" | "attested">, tlvs: Tlvs, flags: number): void {
	const needed = flags & INS_FLAG.attest ? [...required, ...attested] : required;
	const complete = needed.every(tag => tlvs.has(tag));
	const known = [...tlvs.keys()].every(tag => needed.includes(tag) || optional.includes(tag));
	if (!complete || !known)
		throw new StatusError(SW.wrongData);
}

const GENERAL_NAMES: ReadonlyMap<number, string> = new Map([
	[INS.process, "ProcessSessionCmd"],
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
