// SPDX-License-Identifier: MIT
import { DigestTable } from "../digest-table.js";
import type { IotApi, RegisteredCertificate } from "./iot-api.js";

/** AWS's CertificateStatus (service model). */
const statuses = [
	"ACTIVE",
	"INACTIVE",
	"REVOKED",
	"PENDING_TRANSFER",
	"REGISTER_INACTIVE",
	"PENDING_ACTIVATION",
] as const;

/** So many certificates are asked for one by one; after that, listing the account is cheaper (250 a call). */
const describeAtMost = 64;

const certificateResource = /:cert\/[0-9a-f]{64}$/;

/** Which certificates the account has: asked one by one for a few, listed once for many. */
export class AccountView {
	readonly #api: IotApi;
	readonly #folder: string;
	readonly #onListing: () => void;
	#asked = 0;
	#listing: Promise<DigestTable> | undefined;
	#arnPrefix = "";

	/**
	 * @param folder where a list may be kept while the program runs
	 * @param onListing called before the account is listed
	 */
	constructor(api: IotApi, folder: string, onListing: () => void = () => undefined) {
		this.#api = api;
		this.#folder = folder;
		this.#onListing = onListing;
	}

	/** How many certificates the account has, if it was listed. */
	async size(): Promise<number | undefined> {
		return (await this.#listing)?.size;
	}

	/** The certificate as the account had it at the first look; undefined when it is not registered. */
	async find(id: string): Promise<RegisteredCertificate | undefined> {
		this.#asked += 1;
		if (this.#asked <= describeAtMost) return this.#api.describeCertificate(id);
		this.#listing ??= this.#list();
		const status = statuses[(await this.#listing).get(id) - 1];
		return status && { id, arn: `${this.#arnPrefix}${id}`, status };
	}

	async close(): Promise<void> {
		(await this.#listing?.catch(() => undefined))?.close();
	}

	async #list(): Promise<DigestTable> {
		this.#onListing();
		const table = new DigestTable(this.#folder);
		for await (const { id, arn, status } of this.#api.listCertificates()) {
			table.set(id, (statuses as readonly string[]).indexOf(status) + 1 || statuses.length);
			this.#arnPrefix = arn.replace(certificateResource, ":cert/");
		}
		return table;
	}
}
