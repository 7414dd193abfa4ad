// SPDX-License-Identifier: MIT
import { type CommandApdu, parseCommand } from "../card/apdu.js";
import { StatusWordError, sw } from "../card/status.js";
import { parseTlvs, type Tlvs } from "../card/tlv.js";
import { appletInstructions, appletTags, classBytes, insFlag, insMask } from "./codes.js";
import { type AppletCommand, type Computed, type Requester, required, type SimulatedChip } from "./commands/command.js";
import { commandTable } from "./commands/table.js";

/** Runs a command on the selected applet. Throws StatusError. */
export function executeAppletCommand(apdu: CommandApdu, chip: SimulatedChip, requester: Requester): Computed {
	const { cla, ins, p1, p2, le } = apdu;
	if (cla === classBytes.plain && ins === appletInstructions.process && p1 === 0 && p2 === 0)
		return processInSession(apdu, chip, requester);
	const command = findCommand(apdu);
	checkSession(command, requester);
	if (le !== undefined && le !== 0 && chip.variant.version[0]! >= 7) throw new StatusWordError(sw.wrongLength);
	const tlvs = parseTlvs(apdu.data);
	const flags = ins & ~insMask;
	checkTags(command, tlvs, flags);
	return command.run(chip, { apdu, tlvs, flags, requester });
}

/** ProcessSessionCmd: a command inside another that names its session. */
function processInSession(apdu: CommandApdu, chip: SimulatedChip, requester: Requester): Computed {
	const tlvs = parseTlvs(apdu.data);
	checkTags({ required: [appletTags.sessionId, appletTags.tag1] }, tlvs, 0);
	if (requester.session) throw new StatusWordError(sw.conditionsNotSatisfied);
	const session = requester.sessions.use(required(tlvs, appletTags.sessionId), chip.uptime());
	const inner = parseCommand(required(tlvs, appletTags.tag1));
	return executeAppletCommand(inner, chip, {
		...requester,
		session,
		authenticatedBy: session.state === "open" ? session.authenticationObject : 0,
	});
}

const commandsByInstruction = new Map(
	commandTable.map(({ ins }) => [ins, commandTable.filter(command => command.ins === ins)]),
);

function findCommand({ cla, ins, p1, p2 }: CommandApdu): AppletCommand {
	if (cla !== classBytes.plain) throw new StatusWordError(sw.classNotSupported);
	const known = commandsByInstruction.get(ins & insMask);
	if (!known) throw new StatusWordError(sw.instructionNotSupported);
	const command = known.find(candidate => candidate.p1 === p1 && candidate.p2 === p2);
	if (!command) throw new StatusWordError(sw.incorrectP1P2);
	if (ins & ~insMask & ~(command.flags ?? 0)) throw new StatusWordError(sw.conditionsNotSatisfied);
	return command;
}

/** A session's own commands are nothing outside of one, and a session that is not open takes no others. */
function checkSession({ inSession }: AppletCommand, { session }: Requester): void {
	if (inSession && !session) throw new StatusWordError(sw.wrongParameters);
	if (session && session.state !== "open" && inSession !== "always")
		throw new StatusWordError(sw.securityStatusNotSatisfied);
}

function checkTags(
	{ required = [], optional = [], attested = [] }: Pick<AppletCommand, "required" | "optional" | "attested">,
	tlvs: Tlvs,
	flags: number,
): void {
	const needed = flags & insFlag.attest ? [...required, ...attested] : required;
	const complete = needed.every(tag => tlvs.has(tag));
	const known = [...tlvs.keys()].every(tag => needed.includes(tag) || optional.includes(tag));
	if (!complete || !known) throw new StatusWordError(sw.wrongData);
}
