// SPDX-License-Identifier: MIT
/** The account and region whose resources this stand-in holds. */
export interface Realm {
	/** For example `ap-northeast-1`. */
	region: string;
	/** Twelve digits. */
	account: string;
}

/** Kinds of resources of AWS IoT that this stand-in names (developer guide, "Action resources"). */
export type ResourceKind = "cert" | "policy" | "thing" | "client" | "topic" | "topicfilter";

/** `arn:aws:iot:<region>:<account>:<kind>/<name>`. */
export function arn({ region, account }: Realm, kind: ResourceKind, name: string): string {
	return `arn:aws:iot:${region}:${account}:${kind}/${name}`;
}

/** The certificateId in a certificate's ARN of this account and region, or undefined. */
export function certificateIdOf(realm: Realm, target: string): string | undefined {
	const prefix = arn(realm, "cert", "");
	return target.startsWith(prefix) ? target.slice(prefix.length) : undefined;
}
