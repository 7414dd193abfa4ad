// SPDX-License-Identifier: MIT
import type { AccountView } from "./account/account-view.js";
import type { IotApi } from "./account/iot-api.js";
import { isOwnPolicy } from "./account/policy.js";
import type { ChipCertificate } from "./certificate.js";
import type { DeviceNames } from "./identity.js";
import type { Journal } from "./journal.js";
import type { Outcome } from "./outcome.js";

export interface RemoverOptions {
	api: IotApi;
	view: AccountView;
	journal: Pick<Journal, "state" | "removed">;
}

/**
 * Takes one device out of the account: INACTIVE first, so that it can do nothing more, then its thing, its policies,
 * and the certificate last: as long as that is there, an interrupted removal can be gone on with from the same source.
 */
export class Remover {
	readonly #options: RemoverOptions;

	constructor(options: RemoverOptions) {
		this.#options = options;
	}

	async remove({ id }: ChipCertificate, device: DeviceNames): Promise<Outcome> {
		const { api, view, journal } = this.#options;
		const registered = await view.find(id);
		if (!registered) return { result: "absent" };
		const { arn, status } = registered;
		if (status === "ACTIVE") await api.updateCertificate(id, "INACTIVE");
		await this.#removeThings(arn, device);
		await this.#removePolicies(arn, device);
		await api.deleteCertificate(id);
		await journal.removed(id);
		return { result: "removed" };
	}

	/** Detaches all things; deletes the device's own, unless another certificate is attached to it. */
	async #removeThings(arn: string, { thingName }: DeviceNames): Promise<void> {
		const { api } = this.#options;
		const things = await api.thingsOf(arn);
		for (const name of things) await api.detachThing(name, arn);
		const others = (await api.principalsOf(thingName)).filter(principal => principal !== arn);
		if (others.length === 0 && (await api.describeThing(thingName)) !== undefined) await api.deleteThing(thingName);
	}

	async #removePolicies(arn: string, device: DeviceNames): Promise<void> {
		const { api } = this.#options;
		for (const name of await api.attachedPolicies(arn)) {
			await api.detachPolicy(name, arn);
			if (isOwnPolicy(name, device)) await api.deletePolicy(name);
		}
	}
}
