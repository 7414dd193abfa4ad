import { OBJECT_ID, P2, SCP_REQUEST, TAG } from "../codes.js";
import { SW, StatusError } from "../../card/status.js";
import { type Command, NO_DATA, type Request, managementCommand, unsigned } from "./command.js";

/** Commands that work only in a session of one reserved authentication object. */

/** Throws 6985. */
function checkAdministrator({ requester }: Request, id: number): void {
	if (requester.authenticatedBy !== id)
		throw new StatusError(SW.conditionsNotSatisfied);
}

/** Whether commands in the clear are refused, from the next one on. */
const setPlatformScp = managementCommand({
	name: "SetPlatformSCPRequest",
	p2: P2.scp,
	required: [TAG.tag1],
	run(chip, request) {
		checkAdministrator(request, OBJECT_ID.platformScpUser);
		const value = unsigned(request.tlvs, TAG.tag1, 1);
		if (value !== SCP_REQUEST.required && value !== SCP_REQUEST.notRequired)
			throw new StatusError(SW.wrongData);
		chip.platform.scp03Required = value === SCP_REQUEST.required;
		chip.keep();
		return { data: NO_DATA, microseconds: chip.latency.write };
	},
});

/** Deletes all that the factory did not provision, the object that authenticated the session too: all sessions end. */
const deleteAll = managementCommand({
	name: "DeleteAll",
	p2: P2.deleteAll,
	run(chip, request) {
		checkAdministrator(request, OBJECT_ID.factoryResetUser);
		const deleted = chip.objects.deleteAll();
		request.requester.sessions.closeAll();
		return { data: NO_DATA, microseconds: chip.latency.write * (1 + deleted) };
	},
});

export const ADMINISTRATION_COMMANDS: readonly Command[] = [setPlatformScp, deleteAll];
