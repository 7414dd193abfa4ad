// SPDX-License-Identifier: MIT
import type { ClientIdForm } from "../../../app/identity.js";
import { type PolicyChoice, thingPlaceholder } from "./policy.js";

/**
 * The setting by which the firmware uses a topic that its policy allows; undefined when any topic will do.
 *
 * Where the client id is the thing's name, the firmware fills it in itself, and one build serves the fleet. A client id
 * in base64 may have a `+`, which no topic may have: there the setting names the thing.
 * @param thingName of the one device that is built for; for a fleet, the person fills it in for each board
 */
export function topicSetting(choice: PolicyChoice, form: ClientIdForm, thingName = "THING"): string | undefined {
	const name = form === "base64" ? thingName : "{clientId}";
	return choice.kind === "thing" ? `topic=${choice.topics[0]?.replaceAll(thingPlaceholder, name)}` : undefined;
}

/**
 * The command line that builds the firmware for an account, and flashes it.
 * @param topic as `topicSetting` has it
 * @param ofAws false for a control plane of one's own: no name server knows its endpoint, and no firmware its root
 */
export function buildLine(endpoint: string, form: ClientIdForm, topic?: string, ofAws = true): string {
	const settings = [
		"ssid=NAME",
		"password=PASSWORD",
		`endpoint=${endpoint}`,
		...(form === "base64" ? [] : [`clientId=${form}`]),
		...(topic ? [topic] : []),
		...(ofAws ? [] : ["address=ADDRESS", "port=PORT", "trustedRoots=ROOTS"]),
	];
	return `mcconfig -d -m -p esp32 ${settings.join(" ")}`;
}

/** What a person must know to fill in the line for a control plane of their own. */
export const localNote =
	"This control plane is not AWS. A board needs its address, port and root: npm run iot-core -- --listen ADDRESS prints the line with all three.";
