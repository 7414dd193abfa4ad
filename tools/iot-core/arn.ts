// SPDX-License-Identifier: MIT
/** The account and region whose resources this stand-in holds. */
export interface Realm {
	/** For example `ap-northeast-1`. */
	region: string;
	/** Twelve digits. */
	account: string;
}

/** Kinds of resources of AWS IoT that this stand-in names (developer guide, "Action resources"). */
export type ResourceKind =
	| "cert"
	| "policy"
	| "thing"
	| "thinggroup"
	| "thingtype"
	| "client"
	| "topic"
	| "topicfilter";

/** `arn:aws:iot:<region>:<account>:<kind>/<name>`. */
export function arn({ region, account }: Realm, kind: ResourceKind, name: string): string {
	return `arn:aws:iot:${region}:${account}:${kind}/${name}`;
}

/** The name in an ARN of this account and region and of this kind, or undefined. */
export function resourceOf(realm: Realm, kind: ResourceKind, target: string): string | undefined {
	const prefix = arn(realm, kind, "");
	return target.startsWith(prefix) ? target.slice(prefix.length) : undefined;
}
