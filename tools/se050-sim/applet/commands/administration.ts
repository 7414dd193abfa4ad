// SPDX-License-Identifier: MIT
import { StatusWordError, sw } from "../../card/status.js";
import { appletTags, objectIds, parameter2, scpRequest } from "../codes.js";
import { type AppletCommand, type AppletRequest, managementCommand, noData, unsigned } from "./command.js";

/** Commands that work only in a session of one reserved authentication object. */

/** Throws 6985. */
function checkAdministrator({ requester }: AppletRequest, id: number): void {
	if (requester.authenticatedBy !== id) throw new StatusWordError(sw.conditionsNotSatisfied);
}

/** Whether commands in the clear are refused, from the next one on. */
const setPlatformScp = managementCommand({
	p2: parameter2.scp,
	required: [appletTags.tag1],
	run(chip, request) {
		checkAdministrator(request, objectIds.platformScpUser);
		const value = unsigned(request.tlvs, appletTags.tag1, 1);
		if (value !== scpRequest.required && value !== scpRequest.notRequired) throw new StatusWordError(sw.wrongData);
		chip.platform.scp03Required = value === scpRequest.required;
		chip.keep();
		return { data: noData, microseconds: chip.latency.write };
	},
});

/** Deletes all that the factory did not provision, the object that authenticated the session too: all sessions end. */
const deleteAll = managementCommand({
	p2: parameter2.deleteAll,
	run(chip, request) {
		checkAdministrator(request, objectIds.factoryResetUser);
		const deleted = chip.objects.deleteAll();
		request.requester.sessions.closeAll();
		return { data: noData, microseconds: chip.latency.write * (1 + deleted) };
	},
});

export const administrationCommands: readonly AppletCommand[] = [setPlatformScp, deleteAll];
