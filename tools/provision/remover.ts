// SPDX-License-Identifier: MIT
import type { AccountView } from "./account/account-view.js";
import type { IotApi, RegisteredCertificate, Thing } from "./account/iot-api.js";
import { isOwnPolicy } from "./account/policy.js";
import type { ChipCertificate } from "./certificate.js";
import type { DeviceNames } from "./identity.js";
import type { ProvisionJournal } from "./journal.js";
import type { CandidateOutcome } from "./outcome.js";
import { isOwnThing } from "./ownership.js";

export interface RemoverOptions {
	api: IotApi;
	view: AccountView;
	journal: Pick<ProvisionJournal, "state" | "removing" | "removed" | "policiesToDelete">;
	/** Also removes certificates that another program has registered. */
	adopt: boolean;
}

/**
 * Takes one device out of the account: INACTIVE first, so that it can do nothing more, then its thing, its own policy
 * and the certificate. Only what this program made is deleted; everything else is detached and stays.
 *
 * The journal has what is to be deleted before the first call that changes anything: a removal that was interrupted
 * goes on from there, also when the certificate is gone already.
 */
export class Remover {
	readonly #options: RemoverOptions;

	constructor(options: RemoverOptions) {
		this.#options = options;
	}

	async remove({ id }: ChipCertificate, device: DeviceNames): Promise<CandidateOutcome> {
		const { api, view, journal, adopt } = this.#options;
		const state = journal.state(id);
		const registered = state === "removing" ? await api.describeCertificate(id) : await view.find(id);
		const thing = await api.describeThing(device.thingName);
		const ownThing = thing && isOwnThing(thing, id) ? thing : undefined;
		const isOurs = state === "begun" || state === "done" || state === "removing" || ownThing !== undefined;
		if (!registered && !ownThing && state !== "removing") return { result: "absent" };
		if (!isOurs && !adopt)
			return {
				result: "left",
				note: "it was not registered by this program (or its journal is gone, and its thing is not marked); --remove --adopt removes it",
			};
		const policies = registered ? await api.attachedPolicies(registered.arn) : [];
		const own = policies.filter(name => isOwnPolicy(name, device));
		const doomed = [...new Set([...journal.policiesToDelete(id), ...own])];
		await journal.removing(id, doomed);
		if (registered) await this.#detach(registered, policies);
		const note = await this.#removeThing(thing, ownThing);
		for (const name of doomed) await api.deletePolicy(name);
		if (registered) await api.deleteCertificate(id);
		await journal.removed(id);
		return { result: "removed", note };
	}

	async #detach({ id, arn, status }: RegisteredCertificate, policies: readonly string[]): Promise<void> {
		const { api } = this.#options;
		if (status === "ACTIVE") await api.updateCertificate(id, "INACTIVE");
		for (const name of await api.thingsOf(arn)) await api.detachThing(name, arn);
		for (const name of policies) await api.detachPolicy(name, arn);
	}

	/** Deletes the device's own thing, unless another certificate is attached to it. @returns why one stays */
	async #removeThing(thing: Thing | undefined, ownThing: Thing | undefined): Promise<string | undefined> {
		const { api } = this.#options;
		if (!ownThing) return thing && `the thing ${thing.name} stays: this program did not make it for this certificate`;
		const [other] = await api.principalsOf(ownThing.name);
		if (other !== undefined) return `the thing ${ownThing.name} stays: ${other} is attached to it`;
		await api.deleteThing(ownThing.name);
		return undefined;
	}
}
