/** Instruction: the low five bits of INS; the bits above are flags (NXP's `se05x_enums.h`, `SE05x_INS_t`). */
export const INS = { write: 0x01, read: 0x02, crypto: 0x03, management: 0x04, process: 0x05 } as const;
export const INS_MASK = 0x1F;
export const INS_FLAG = { transient: 0x80, authenticationObject: 0x40, attest: 0x20 } as const;

/** Instructions of ISO/IEC 7816-4 and GlobalPlatform, as the card manager knows them. */
export const ISO_INS = { select: 0xA4, getData: 0xCA, initializeUpdate: 0x50, externalAuthenticate: 0x82, putKey: 0xD8 } as const;

/** Class byte in the clear, and with secure messaging (ISO/IEC 7816-4, 5.4.1; GlobalPlatform, 11.1.4). */
export const CLA = { iso: 0x00, plain: 0x80, secured: 0x84 } as const;

/** `SE05x_P1_t`: credential type in the low five bits, part of a key above. */
export const P1 = { default: 0x00, ec: 0x01, rsa: 0x02, binary: 0x06, userId: 0x07, curve: 0x0B, signature: 0x0C, keyPair: 0x60, publicKey: 0x20 } as const;

/** `SE05x_P2_t` */
export const P2 = {
	default: 0x00,
	size: 0x07,
	sign: 0x09,
	verify: 0x0A,
	oneshot: 0x0E,
	dh: 0x0F,
	sessionCreate: 0x1B,
	sessionClose: 0x1C,
	sessionRefresh: 0x1E,
	sessionPolicy: 0x1F,
	version: 0x20,
	versionExtended: 0x21,
	memory: 0x22,
	list: 0x25,
	type: 0x26,
	exist: 0x27,
	deleteObject: 0x28,
	deleteAll: 0x2A,
	sessionUserId: 0x2C,
	id: 0x36,
	encryptOneshot: 0x37,
	decryptOneshot: 0x38,
	attributes: 0x3B,
	time: 0x3D,
	random: 0x49,
	raw: 0x4F,
	scp: 0x52,
} as const;

/** `SE05x_TAG_t` */
export const TAG = {
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
	/** `kSE05x_TAG_11`: an object's version. */
	version: 0x4B,
	timestamp: 0x4F,
	signature: 0x52,
} as const;

/** `SE05x_SecObjTyp_t`, as applets before 7.2 report it. */
export const OBJECT_TYPE = { ecKeyPair: 0x01, ecPublicKey: 0x03, rsaKeyPair: 0x04, rsaKeyPairCrt: 0x05, binaryFile: 0x0B, userId: 0x0C } as const;

/** `kSE05x_SecObjTyp_EC_KEY_PAIR_NIST_P256` and `…_PUB_KEY_…`: applets from 7.2 on name the curve. */
export const P256_TYPE = { keyPair: 0x29, publicKey: 0x2B } as const;

/** `SE05x_Result_t`, `SE05x_MoreIndicator_t`, `SE05x_TransientIndicator_t`: each 01 or 02. */
export const RESULT = { success: 0x01, failure: 0x02 } as const;
export const MORE = { no: 0x01, yes: 0x02 } as const;
export const PERSISTENCE = { persistent: 0x01, transient: 0x02 } as const;

/** `SE05x_SetIndicator_t`: whether an object authenticates sessions, or a curve has its parameters. */
export const SET_INDICATOR = { notSet: 0x01, set: 0x02 } as const;

/** `SE05x_PlatformSCPRequest_t` */
export const SCP_REQUEST = { required: 0x01, notRequired: 0x02 } as const;

/** `SE05x_Origin_t` */
export const ORIGIN = { external: 0x01, internal: 0x02, provisioned: 0x03 } as const;

/** `SE05x_MemoryType_t` */
export const MEMORY = { persistent: 0x01, transientReset: 0x02, transientDeselect: 0x03 } as const;

/** `SE05x_ECCurve_t` */
export const CURVE = { p256: 0x03 } as const;

/** `SE05x_ECSignatureAlgo_t`: the digest that is signed, and its length in bytes. */
export const ECDSA_DIGEST: ReadonlyMap<number, { digest: string; length: number }> = new Map([
	[0x11, { digest: "sha1", length: 20 }],
	[0x25, { digest: "sha224", length: 28 }],
	[0x21, { digest: "sha256", length: 32 }],
	[0x22, { digest: "sha384", length: 48 }],
	[0x26, { digest: "sha512", length: 64 }],
]);

/** `SE05x_RSASignatureAlgo_t`: padding, and the digest that the chip makes. */
export const RSA_SIGNATURE: ReadonlyMap<number, { digest: string; padding: "PKCS1" | "PSS" }> = new Map([
	[0x0A, { digest: "sha1", padding: "PKCS1" }],
	[0x27, { digest: "sha224", padding: "PKCS1" }],
	[0x28, { digest: "sha256", padding: "PKCS1" }],
	[0x29, { digest: "sha384", padding: "PKCS1" }],
	[0x2A, { digest: "sha512", padding: "PKCS1" }],
	[0x15, { digest: "sha1", padding: "PSS" }],
	[0x2B, { digest: "sha224", padding: "PSS" }],
	[0x2C, { digest: "sha256", padding: "PSS" }],
	[0x2D, { digest: "sha384", padding: "PSS" }],
	[0x2E, { digest: "sha512", padding: "PSS" }],
]);

/** `SE05x_RSAEncryptionAlgo_t`: the bare operation. */
export const RSA_NO_PADDING = 0x0C;

/** `SE05x_RSABitLength_t`: sizes of keys that a part generates. */
export const RSA_SIZES: readonly number[] = [512, 1024, 1152, 2048, 3072, 4096];

/** `SE05x_RSAKeyComponent_t` */
export const RSA_COMPONENT = { modulus: 0x00, publicExponent: 0x01 } as const;

/** AID of the IoT applet (AN12413, SELECT). */
export const APPLET_AID = "a0000003965453000000010300000000";

/** AID of the card manager, GlobalPlatform's issuer security domain; SELECT without a name means it too. */
export const CARD_MANAGER_AID = "a000000151000000";

/** AID of the security domain that holds the platform's keys (NXP's nano-package, `SSD_NAME`). */
export const SECURITY_DOMAIN_AID = "d276000085304a434f9003";

/** Object identifiers (NXP's `ex_sss_objid.h`; AN12436 for what the factory puts there). */
export const OBJECT_ID = {
	factoryResetUser: 0x7FFF0205,
	uniqueId: 0x7FFF0206,
	platformScpUser: 0x7FFF0207,
	dieIndividualKey: 0xF0000000,
	dieIndividualCertificate: 0xF0000001,
	attestationKey: 0xF0000012,
	attestationCertificate: 0xF0000013,
	cloudKey: 0xF0000100,
	cloudCertificate: 0xF0000101,
	secondCloudKey: 0xF0000102,
	rsaCloudKey: 0xF0000110,
	secondRsaCloudKey: 0xF0000112,
	rsa4096CloudKey: 0xF0000120,
	secondRsa4096CloudKey: 0xF0000122,
} as const;

/**
 * Reserved identifiers of objects that a user may create, to authenticate what only they may do: transport lock, applet
 * features, factory reset, platform SCP, I2C master, restriction (NXP's `se05x_enums.h`, `kSE05x_AppletResID_*`).
 */
const USERS: readonly number[] = [0x7FFF0200, 0x7FFF0204, OBJECT_ID.factoryResetUser, OBJECT_ID.platformScpUser, 0x7FFF0208, 0x7FFF020A];

/** Identifiers that only the applet itself may use. */
export function isReservedId(id: number): boolean {
	return id >= 0x7FFF0000 && id <= 0x7FFFFFFF && !USERS.includes(id);
}
