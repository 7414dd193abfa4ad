/**
 * @peculiar/x509 registers its algorithms in tsyringe, which does not load without the Reflect metadata API, a proposal
 * that no engine has. Nothing here decorates a class, so that a store which is always empty is enough.
 */
interface MetadataApi {
	getMetadata?: (key: string, target: object) => unknown;
	getOwnMetadata?: (key: string, target: object) => unknown;
	defineMetadata?: (key: string, value: unknown, target: object) => void;
}

const api = Reflect as object as MetadataApi;
api.getMetadata ??= () => undefined;
api.getOwnMetadata ??= () => undefined;
api.defineMetadata ??= () => {};

/** The library, loaded when a certificate is to be issued: a chip that exists starts without it. */
export const loadX509 = (): Promise<typeof import("@peculiar/x509")> => import("@peculiar/x509");
