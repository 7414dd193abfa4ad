// SPDX-License-Identifier: MIT
/** Instruction: the low five bits of INS; the bits above are flags (NXP's `se05x_enums.h`, `SE05x_INS_t`). */
export const appletInstructions = { write: 0x01, read: 0x02, crypto: 0x03, management: 0x04, process: 0x05 } as const;
export const insMask = 0x1f;
export const insFlag = { transient: 0x80, authenticationObject: 0x40, attest: 0x20 } as const;

/** Instructions of ISO/IEC 7816-4 and GlobalPlatform, as the card manager knows them. */
export const isoIns = {
	select: 0xa4,
	getData: 0xca,
	initializeUpdate: 0x50,
	externalAuthenticate: 0x82,
	putKey: 0xd8,
} as const;

/** Class byte in the clear, and with secure messaging (ISO/IEC 7816-4, 5.4.1; GlobalPlatform, 11.1.4). */
export const classBytes = { iso: 0x00, plain: 0x80, secured: 0x84 } as const;

/** `SE05x_P1_t`: credential type in the low five bits, part of a key above. */
export const parameter1 = {
	default: 0x00,
	ec: 0x01,
	rsa: 0x02,
	binary: 0x06,
	userId: 0x07,
	curve: 0x0b,
	signature: 0x0c,
	cryptoObject: 0x10,
	keyPair: 0x60,
	privateKey: 0x40,
	publicKey: 0x20,
} as const;

/** `SE05x_P2_t` */
export const parameter2 = {
	default: 0x00,
	create: 0x04,
	size: 0x07,
	sign: 0x09,
	verify: 0x0a,
	oneshot: 0x0e,
	dh: 0x0f,
	sessionCreate: 0x1b,
	sessionClose: 0x1c,
	sessionRefresh: 0x1e,
	sessionPolicy: 0x1f,
	version: 0x20,
	versionExtended: 0x21,
	memory: 0x22,
	list: 0x25,
	type: 0x26,
	exist: 0x27,
	deleteObject: 0x28,
	deleteAll: 0x2a,
	sessionUserId: 0x2c,
	id: 0x36,
	encryptOneshot: 0x37,
	decryptOneshot: 0x38,
	attributes: 0x3b,
	time: 0x3d,
	parameter: 0x40,
	random: 0x49,
	raw: 0x4f,
	scp: 0x52,
} as const;

/** `SE05x_TAG_t` */
export const appletTags = {
	sessionId: 0x10,
	policy: 0x11,
	maximumAttempts: 0x12,
	tag1: 0x41,
	tag2: 0x42,
	tag3: 0x43,
	tag4: 0x44,
	tag5: 0x45,
	tag6: 0x46,
	tag7: 0x47,
	tag8: 0x48,
	tag9: 0x49,
	tag10: 0x4a,
	/** `kSE05x_TAG_11`: an object's version. */
	version: 0x4b,
	timestamp: 0x4f,
	signature: 0x52,
} as const;

/** `SE05x_SecObjTyp_t`, as applets before 7.2 report it. */
export const objectType = {
	ecKeyPair: 0x01,
	ecPrivateKey: 0x02,
	ecPublicKey: 0x03,
	rsaKeyPair: 0x04,
	rsaKeyPairCrt: 0x05,
	rsaPublicKey: 0x08,
	binaryFile: 0x0b,
	userId: 0x0c,
} as const;

/** `kSE05x_SecObjTyp_EC_KEY_PAIR_NIST_P256` and so on: applets from 7.2 on name the curve. */
export const ecType = {
	"P-256": { keyPair: 0x29, privateKey: 0x2a, publicKey: 0x2b },
	"P-384": { keyPair: 0x2d, privateKey: 0x2e, publicKey: 0x2f },
} as const;

/** `SE05x_Result_t`, `SE05x_MoreIndicator_t`, `SE05x_TransientIndicator_t`: each 01 or 02. */
export const resultCodes = { success: 0x01, failure: 0x02 } as const;
export const more = { no: 0x01, yes: 0x02 } as const;
export const persistences = { persistent: 0x01, transient: 0x02 } as const;

/** `SE05x_SetIndicator_t`: whether an object authenticates sessions, or a curve has its parameters. */
export const setIndicator = { notSet: 0x01, set: 0x02 } as const;

/** `SE05x_PlatformSCPRequest_t` */
export const scpRequest = { required: 0x01, notRequired: 0x02 } as const;

/** `SE05x_Origin_t` */
export const origin = { external: 0x01, internal: 0x02, provisioned: 0x03 } as const;

/** `SE05x_MemoryType_t` */
export const memoryTypes = { persistent: 0x01, transientReset: 0x02, transientDeselect: 0x03 } as const;

/** `SE05x_ECSignatureAlgo_t`: the digest that is signed, and its length in bytes. */
export const ecdsaDigest: ReadonlyMap<number, { digest: string; length: number }> = new Map([
	[0x11, { digest: "sha1", length: 20 }],
	[0x25, { digest: "sha224", length: 28 }],
	[0x21, { digest: "sha256", length: 32 }],
	[0x22, { digest: "sha384", length: 48 }],
	[0x26, { digest: "sha512", length: 64 }],
]);

/** `SE05x_RSASignatureAlgo_t`: padding, and the digest that the chip makes. */
export const rsaSignature: ReadonlyMap<number, { digest: string; padding: "PKCS1" | "PSS" }> = new Map([
	[0x0a, { digest: "sha1", padding: "PKCS1" }],
	[0x27, { digest: "sha224", padding: "PKCS1" }],
	[0x28, { digest: "sha256", padding: "PKCS1" }],
	[0x29, { digest: "sha384", padding: "PKCS1" }],
	[0x2a, { digest: "sha512", padding: "PKCS1" }],
	[0x15, { digest: "sha1", padding: "PSS" }],
	[0x2b, { digest: "sha224", padding: "PSS" }],
	[0x2c, { digest: "sha256", padding: "PSS" }],
	[0x2d, { digest: "sha384", padding: "PSS" }],
	[0x2e, { digest: "sha512", padding: "PSS" }],
]);

/** `SE05x_RSAEncryptionAlgo_t` */
export const rsaEncryption = { pkcs1: 0x0a, noPadding: 0x0c, oaep: 0x0f } as const;

/** `SE05x_RSABitLength_t`: sizes of keys that a part generates. */
export const rsaKeySizes: readonly number[] = [512, 1024, 1152, 2048, 3072, 4096];

/** `SE05x_RSAKeyComponent_t` */
export const rsaComponent = { modulus: 0x00, publicExponent: 0x01 } as const;

/** AID of the IoT applet (AN12413, SELECT). */
export const appletName = "a0000003965453000000010300000000";

/** AID of the card manager, GlobalPlatform's issuer security domain; SELECT without a name means it too. */
export const cardManagerName = "a000000151000000";

/** AID of the security domain that holds the platform's keys (NXP's nano-package, `SSD_NAME`). */
export const securityDomainName = "d276000085304a434f9003";

/** Object identifiers (NXP's `ex_sss_objid.h`; AN12436 for what the factory puts there). */
export const objectIds = {
	factoryResetUser: 0x7fff0205,
	uniqueId: 0x7fff0206,
	platformScpUser: 0x7fff0207,
	dieIndividualKey: 0xf0000000,
	dieIndividualCertificate: 0xf0000001,
	attestationKey: 0xf0000012,
	attestationCertificate: 0xf0000013,
	cloudKey: 0xf0000100,
	cloudCertificate: 0xf0000101,
	secondCloudKey: 0xf0000102,
	rsaCloudKey: 0xf0000110,
	secondRsaCloudKey: 0xf0000112,
	rsa4096CloudKey: 0xf0000120,
	secondRsa4096CloudKey: 0xf0000122,
} as const;

/**
 * Reserved identifiers of objects that a user may create, to authenticate what only they may do: transport lock, applet
 * features, factory reset, platform SCP, I2C master, restriction (NXP's `se05x_enums.h`, `kSE05x_AppletResID_*`).
 */
const users: readonly number[] = [
	0x7fff0200,
	0x7fff0204,
	objectIds.factoryResetUser,
	objectIds.platformScpUser,
	0x7fff0208,
	0x7fff020a,
];

/** Identifiers that only the applet itself may use. */
export function isReservedId(id: number): boolean {
	return id >= 0x7fff0000 && id <= 0x7fffffff && !users.includes(id);
}
