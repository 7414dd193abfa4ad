// SPDX-License-Identifier: MIT
import type { AccountView } from "./account/account-view.js";
import type { IotApi, RegisteredCertificate } from "./account/iot-api.js";
import { arnPrefix, type Policies } from "./account/policy.js";
import type { ChipCertificate } from "./certificate.js";
import type { DeviceNames } from "./identity.js";
import type { Journal, JournalState } from "./journal.js";
import type { Outcome } from "./outcome.js";

export interface ProvisionerOptions {
	api: IotApi;
	view: AccountView;
	journal: Pick<Journal, "state" | "begun" | "done">;
	policies: Policies;
	/** Also completes what another program has registered, or what was deactivated. */
	adopt: boolean;
	/** Makes a thing of each device; without one, only policies without thing variables work. */
	things: boolean;
	thingType?: string;
	/** Stops after the registration: AWS' bulk engine does the rest. */
	registerOnly?: boolean;
}

/** What a certificate has in the account already. */
interface Reached {
	status: string;
	policies: readonly string[];
	things: readonly string[];
	thingExists: boolean;
}

const nothing: Reached = { status: "INACTIVE", policies: [], things: [], thingExists: false };

/** Why a certificate that the account has is not touched; undefined when it may be. */
function reasonToLeave({ status }: RegisteredCertificate, state: JournalState, adopt: boolean): Outcome | undefined {
	if (state === "begun" || (adopt && (status === "ACTIVE" || status === "INACTIVE"))) return undefined;
	if (status === "ACTIVE") return { result: "present" };
	if (status !== "INACTIVE") return { result: "left", note: `the certificate is ${status}` };
	return {
		result: "left",
		note:
			state === "done"
				? "the certificate is INACTIVE: it was ACTIVE when it was provisioned, so somebody has deactivated it; --adopt activates it again"
				: "the certificate is INACTIVE, and not registered by this program (or its journal is gone); --adopt completes it",
	};
}

/**
 * Brings one device into the account: registered INACTIVE, policy attached, thing created and attached, and only
 * then ACTIVE, so that no device connects before everything about it is in place.
 *
 * Interrupted work is not repeated: what the journal has as begun is looked up in the account, and what is missing
 * there is done.
 */
export class Provisioner {
	readonly #options: ProvisionerOptions;

	constructor(options: ProvisionerOptions) {
		this.#options = options;
	}

	/** What `provision` would find: undefined when it would provision the certificate. */
	async inspect({ id }: ChipCertificate): Promise<Outcome | undefined> {
		const { view, journal, adopt } = this.#options;
		const registered = await view.find(id);
		return registered && reasonToLeave(registered, journal.state(id), adopt);
	}

	async provision(certificate: ChipCertificate, device: DeviceNames): Promise<Outcome> {
		const { view, api, journal, adopt, registerOnly } = this.#options;
		const { id } = certificate;
		const state = journal.state(id);
		const registered = state === "begun" ? await api.describeCertificate(id) : await view.find(id);
		const leave = registered && reasonToLeave(registered, state, adopt);
		if (leave) return leave;
		if (state !== "begun") await journal.begun(id, device);
		const arn = registered?.arn ?? (await this.#register(certificate));
		if (registerOnly) return this.#handOver(arn, device, registered?.status === "ACTIVE");
		const reached = registered ? await this.#reached(registered, device) : nothing;
		await this.#complete(arn, certificate, device, reached);
		await journal.done(id);
		return { result: registered ? "completed" : "provisioned" };
	}

	async #register({ pem }: ChipCertificate): Promise<string> {
		const { arn } = await this.#options.api.registerCertificate(pem);
		return arn;
	}

	/** Leaves the rest to AWS' bulk engine. The journal keeps the certificate as begun: a plain run can finish it, too. */
	async #handOver(arn: string, device: DeviceNames, isActive: boolean): Promise<Outcome> {
		await this.#options.policies.ensure(device, arnPrefix(arn));
		return { result: isActive ? "present" : "registered" };
	}

	async #reached({ arn, status }: RegisteredCertificate, { thingName }: DeviceNames): Promise<Reached> {
		const { api, things: wanted } = this.#options;
		const policies = await api.attachedPolicies(arn);
		if (!wanted) return { status, policies, things: [], thingExists: false };
		const things = await api.thingsOf(arn);
		const thingExists = things.includes(thingName) || (await api.describeThing(thingName)) !== undefined;
		return { status, policies, things, thingExists };
	}

	async #complete(
		arn: string,
		{ id }: ChipCertificate,
		device: DeviceNames,
		{ status, policies, things, thingExists }: Reached,
	): Promise<void> {
		const { api, policies: plan, things: wanted } = this.#options;
		const policy = await plan.ensure(device, arnPrefix(arn));
		if (!policies.includes(policy)) await api.attachPolicy(policy, arn);
		if (wanted && !thingExists)
			await api.createThing({ name: device.thingName, attributes: { uid: device.uid } }, this.#options.thingType);
		if (wanted && !things.includes(device.thingName))
			await api.attachThing(
				device.thingName,
				arn,
				device.clientId === device.thingName ? undefined : "EXCLUSIVE_THING",
			);
		if (status !== "ACTIVE") await api.updateCertificate(id, "ACTIVE");
	}
}
