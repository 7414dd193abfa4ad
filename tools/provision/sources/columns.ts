// SPDX-License-Identifier: MIT

/** Names of the members of a ledger, in lower case and without anything but letters and digits. */
const aliases = {
	uid: ["uid", "chipuid", "chipid", "seuid", "se050uid", "deviceuid", "uniqueid", "uniqueidentifier"],
	certificate: [
		"certificatepem",
		"certificate",
		"cert",
		"certpem",
		"pem",
		"pemcertificate",
		"devicecertificate",
		"devicecert",
		"clientcertificate",
		"x509",
		"x509certificate",
	],
} as const;

export type Column = keyof typeof aliases;

/** Which member a name means, however it is written: `Certificate_PEM`, `chip-UID`; undefined for another. */
export function columnOf(name: string): Column | undefined {
	const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
	return (Object.keys(aliases) as Column[]).find(column => (aliases[column] as readonly string[]).includes(plain));
}

/** The value of a cell without what Excel needs to keep it as text: `="0400…"`, `'0400…`. */
export function cellText(value: string): string {
	const text = value.trim();
	return /^="(.*)"$/s.exec(text)?.[1]?.trim() ?? text.replace(/^'/, "");
}
