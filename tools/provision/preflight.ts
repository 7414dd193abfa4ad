// SPDX-License-Identifier: MIT
import type { IotApi } from "./account/iot-api.js";
import type { FleetPolicies } from "./account/policy.js";
import { CallRefusal, RunError } from "./account/service-errors.js";
import type { ChipCertificate } from "./certificate.js";

export interface PreflightOptions {
	api: IotApi;
	policies: FleetPolicies;
	things: boolean;
	thingType?: string;
}

/** Checks what the whole run depends on, before anything is written. @throws RunError */
export async function checkDependencies({ api, policies, things, thingType }: PreflightOptions): Promise<void> {
	await policies.check();
	if (things && thingType !== undefined && !(await api.hasThingType(thingType)))
		throw new RunError(
			`The account has no thing type ${thingType}: create it (aws iot create-thing-type --thing-type-name ${thingType}), or correct --thing-type.`,
		);
}

/**
 * Asks whether the caller may register and activate certificates, by calls that change nothing, because no service can
 * carry them out: one has no certificate in it, the other names a certificate that is not registered. The right to
 * create things shows at the first device's first write, the other rights with that device (`firstAlone`).
 * @param certificate one that the account does not have
 * @throws RunError when a right is missing
 */
export async function checkRights({ api }: Pick<PreflightOptions, "api">, { id }: ChipCertificate): Promise<void> {
	const probes = [() => api.registerCertificate("no certificate"), () => api.updateCertificate(id, "INACTIVE")];
	for (const probe of probes)
		await probe().catch((error: unknown) => {
			if (!(error instanceof CallRefusal)) throw error;
		});
}

/**
 * Has the first piece of work end before the others begin: what is wrong for all stops the run with one device begun.
 * Some rights can only be asked by a call that succeeds.
 */
export function firstAlone<Args extends unknown[], T>(
	work: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
	let first: Promise<unknown> | undefined;
	return async (...args) => {
		const ahead = first;
		if (ahead) {
			await ahead.catch((error: unknown) => {
				if (!(error instanceof CallRefusal)) throw error;
			});
			return work(...args);
		}
		const own = work(...args);
		first = own;
		return own;
	};
}
