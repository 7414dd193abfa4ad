// SPDX-License-Identifier: MIT
import type { AccountView } from "./account/account-view.js";
import type { IotApi, RegisteredCertificate, Thing } from "./account/iot-api.js";
import { arnPrefix, type FleetPolicies } from "./account/policy.js";
import type { ChipCertificate } from "./certificate.js";
import type { DeviceNames } from "./identity.js";
import type { JournalState, ProvisionJournal } from "./journal.js";
import type { CandidateOutcome } from "./outcome.js";
import { isOwnThing, ownerAttribute, strangerText } from "./ownership.js";

export interface ProvisionerOptions {
	api: IotApi;
	view: AccountView;
	journal: Pick<ProvisionJournal, "state" | "begun" | "done" | "removed">;
	policies: FleetPolicies;
	/** Also completes what another program has registered, or what was deactivated, and uses things that it finds. */
	adopt: boolean;
	/** Makes a thing of each device; without one, only policies without thing variables work. */
	things: boolean;
	thingType?: string;
	/** Stops after the registration: AWS's bulk engine does the rest. */
	registerOnly?: boolean;
	/** Called with the first certificate that the account does not have, before anything is written. */
	beforeFirstWrite?(certificate: ChipCertificate): Promise<void>;
}

/** What a certificate has in the account already. */
interface Reached {
	status: string;
	policies: readonly string[];
	things: readonly string[];
}

/** So many certificates that the journal does not know are looked at closely: a registration by hand is one of a few. */
const inspectAtMost = 64;

const nothing: Reached = { status: "INACTIVE", policies: [], things: [] };

/** Why a certificate that the account has is not touched; undefined when it may be. */
function reasonToLeave(
	{ status }: RegisteredCertificate,
	state: JournalState,
	adopt: boolean,
): CandidateOutcome | undefined {
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
 * Brings one device into the account. The thing comes first: it carries the certificate's id, so that a second
 * certificate for the same chip is refused by AWS itself, whichever run or machine it comes from. Then the certificate
 * is registered INACTIVE, the policy and the thing are attached, and only then it becomes ACTIVE: no device connects
 * before everything about it is in place.
 *
 * Interrupted work is not repeated: what the journal has as begun is looked up in the account, and what is missing
 * there is done.
 */
export class Provisioner {
	readonly #options: ProvisionerOptions;
	#inspected = 0;
	#checked: Promise<void> | undefined;

	constructor(options: ProvisionerOptions) {
		this.#options = options;
	}

	/** What `provision` would find: undefined when it would provision the certificate. */
	async inspect({ id }: ChipCertificate, device: DeviceNames): Promise<CandidateOutcome | undefined> {
		const { view, journal, adopt } = this.#options;
		const registered = await view.find(id);
		const leave = registered && reasonToLeave(registered, journal.state(id), adopt);
		if (registered) return leave && this.#withMissing(leave, registered, device);
		const note = await this.#existingThing(id, device);
		return note === undefined ? undefined : { result: "failed", note };
	}

	async provision(certificate: ChipCertificate, device: DeviceNames): Promise<CandidateOutcome> {
		const { view, api, journal, adopt, registerOnly } = this.#options;
		const { id } = certificate;
		const state = journal.state(id);
		const isResumed = state === "begun" || state === "removing";
		const registered = isResumed ? await api.describeCertificate(id) : await view.find(id);
		const leave = registered && reasonToLeave(registered, state, adopt);
		if (leave) return this.#withMissing(leave, registered, device);
		if (!registered) await (this.#checked ??= this.#options.beforeFirstWrite?.(certificate));
		if (state !== "begun") await journal.begun(id, device);
		if (registerOnly) return this.#handOver(registered, certificate, device);
		const reached = registered ? await this.#reached(registered) : nothing;
		const obstacle = await this.#claimThing(id, device, reached, isResumed || registered !== undefined);
		if (obstacle !== undefined) {
			if (!registered) await journal.removed(id);
			return { result: "failed", note: obstacle };
		}
		const arn = registered?.arn ?? (await api.registerCertificate(certificate.pem)).arn;
		await this.#complete(arn, certificate, device, reached);
		await journal.done(id);
		return { result: registered ? "completed" : "provisioned" };
	}

	/** Adds what an ACTIVE certificate lacks that this program has not provisioned. */
	async #withMissing(
		outcome: CandidateOutcome,
		registered: RegisteredCertificate,
		{ thingName }: DeviceNames,
	): Promise<CandidateOutcome> {
		const { journal, things: wanted } = this.#options;
		if (outcome.result !== "present" || journal.state(registered.id) === "done") return outcome;
		this.#inspected += 1;
		if (this.#inspected > inspectAtMost) return outcome;
		const { policies, things } = await this.#reached(registered);
		const missing = [
			...(policies.length === 0 ? ["policy"] : []),
			...(wanted && !things.includes(thingName) ? [`thing ${thingName}`] : []),
		];
		if (missing.length === 0) return outcome;
		return {
			...outcome,
			note: `it was not registered by this program and has no ${missing.join(" and no ")}; --adopt adds what is missing`,
		};
	}

	/** Leaves the rest to AWS's bulk engine. The journal keeps the certificate as begun: a plain run can finish it, too. */
	async #handOver(
		registered: RegisteredCertificate | undefined,
		{ pem }: ChipCertificate,
		device: DeviceNames,
	): Promise<CandidateOutcome> {
		const { api, policies } = this.#options;
		const arn = registered?.arn ?? (await api.registerCertificate(pem)).arn;
		await policies.ensure(device, arnPrefix(arn));
		return { result: registered?.status === "ACTIVE" ? "present" : "registered" };
	}

	async #reached({ arn, status }: RegisteredCertificate): Promise<Reached> {
		const { api, things: wanted } = this.#options;
		return { status, policies: await api.attachedPolicies(arn), things: wanted ? await api.thingsOf(arn) : [] };
	}

	/** Why an existing thing of the device's name may not be used; undefined when there is none, or it may. */
	async #existingThing(id: string, { thingName }: DeviceNames): Promise<string | undefined> {
		const { api, adopt, things: wanted } = this.#options;
		const thing = wanted && !adopt ? await api.describeThing(thingName) : undefined;
		if (!thing) return undefined;
		const others = (await api.principalsOf(thingName)).filter(arn => !arn.endsWith(`:cert/${id}`));
		return isOwnThing(thing, id) && others.length === 0 ? undefined : strangerText(thing, others);
	}

	/**
	 * Makes sure that the thing is there and is this certificate's.
	 * @param mayExist it is looked for first, so that no call is repeated
	 * @returns why it cannot be
	 */
	async #claimThing(id: string, device: DeviceNames, reached: Reached, mayExist: boolean): Promise<string | undefined> {
		const { api, things: wanted, thingType, adopt } = this.#options;
		const { thingName: name, uid } = device;
		if (!wanted || reached.things.includes(name)) return undefined;
		const mine: Thing = { name, attributes: { uid, [ownerAttribute]: id } };
		const isThere = mayExist && (await api.describeThing(name)) !== undefined;
		if (!isThere && (await api.createThing(mine, thingType))) return undefined;
		if (!adopt) return this.#existingThing(id, device);
		await this.#takeOver(mine);
		return undefined;
	}

	/** A thing that was made for another certificate now belongs to this one. One that somebody else made keeps its attributes. */
	async #takeOver(mine: Thing): Promise<void> {
		const { api } = this.#options;
		const owner = (await api.describeThing(mine.name))?.attributes[ownerAttribute];
		if (owner !== undefined && owner !== mine.attributes[ownerAttribute]) await api.updateThing(mine);
	}

	async #complete(
		arn: string,
		{ id }: ChipCertificate,
		device: DeviceNames,
		{ status, policies, things }: Reached,
	): Promise<void> {
		const { api, policies: plan, things: wanted } = this.#options;
		const policy = await plan.ensure(device, arnPrefix(arn));
		if (!policies.includes(policy)) await api.attachPolicy(policy, arn);
		if (wanted && !things.includes(device.thingName))
			await api.attachThing(
				device.thingName,
				arn,
				device.clientId === device.thingName ? undefined : "EXCLUSIVE_THING",
			);
		if (status !== "ACTIVE") await api.updateCertificate(id, "ACTIVE");
	}
}
