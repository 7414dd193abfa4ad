// SPDX-License-Identifier: MIT
import { StatusError, sw } from "../../card/status.js";
import { objectId, parameter2, scpRequest, tags } from "../codes.js";
import { type Command, managementCommand, noData, type Request, unsigned } from "./command.js";

/** Commands that work only in a session of one reserved authentication object. */

/** Throws 6985. */
function checkAdministrator({ requester }: Request, id: number): void {
	if (requester.authenticatedBy !== id) throw new StatusError(sw.conditionsNotSatisfied);
}

/** Whether commands in the clear are refused, from the next one on. */
const setPlatformScp = managementCommand({
	name: "SetPlatformSCPRequest",
	p2: parameter2.scp,
	required: [tags.tag1],
	run(chip, request) {
		checkAdministrator(request, objectId.platformScpUser);
		const value = unsigned(request.tlvs, tags.tag1, 1);
		if (value !== scpRequest.required && value !== scpRequest.notRequired) throw new StatusError(sw.wrongData);
		chip.platform.scp03Required = value === scpRequest.required;
		chip.keep();
		return { data: noData, microseconds: chip.latency.write };
	},
});

/** Deletes all that the factory did not provision, the object that authenticated the session too: all sessions end. */
const deleteAll = managementCommand({
	name: "DeleteAll",
	p2: parameter2.deleteAll,
	run(chip, request) {
		checkAdministrator(request, objectId.factoryResetUser);
		const deleted = chip.objects.deleteAll();
		request.requester.sessions.closeAll();
		return { data: noData, microseconds: chip.latency.write * (1 + deleted) };
	},
});

export const administrationCommands: readonly Command[] = [setPlatformScp, deleteAll];
