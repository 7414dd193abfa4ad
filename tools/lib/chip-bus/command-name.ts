// SPDX-License-Identifier: MIT
/** Names of commands by their headers, which secure messaging leaves in the clear (AN12413; GlobalPlatform). */

/** INS whatever the rest: SELECT (with class 00), GET DATA for IDENTIFY, and those of secure channels and sessions. */
const byInstruction: ReadonlyMap<number, string> = new Map([
	[0x05, "ProcessSessionCmd"],
	[0xca, "IDENTIFY"],
	[0x50, "INITIALIZE UPDATE"],
	[0x82, "EXTERNAL AUTHENTICATE"],
	[0xd8, "PUT KEY"],
]);
const select = { cla: 0x00, ins: 0xa4 } as const;

/** The upper bits of an applet's INS are flags: transient, authentication object, attested. */
const instructionMask = 0x1f;

/** INS, P1 and P2 of the applet's commands. */
const byHeader: ReadonlyMap<string, string> = new Map(
	(
		[
			[0x01, 0x06, 0x00, "WriteBinary"],
			[0x01, 0x07, 0x00, "WriteUserID"],
			[0x01, 0x0b, 0x04, "CreateECCurve"],
			[0x01, 0x0b, 0x40, "SetECCurveParam"],
			[0x01, 0x21, 0x00, "WriteECKey"],
			[0x01, 0x22, 0x00, "WriteRSAKey"],
			[0x01, 0x41, 0x00, "WriteECKey"],
			[0x01, 0x61, 0x00, "WriteECKey"],
			[0x01, 0x62, 0x00, "WriteRSAKey"],
			[0x01, 0x62, 0x4f, "WriteRSAKey"],
			[0x02, 0x00, 0x00, "ReadObject"],
			[0x02, 0x00, 0x07, "ReadSize"],
			[0x02, 0x00, 0x25, "ReadIDList"],
			[0x02, 0x00, 0x26, "ReadType"],
			[0x02, 0x00, 0x3b, "ReadAttributes"],
			[0x02, 0x0b, 0x25, "ReadECCurveList"],
			[0x02, 0x0b, 0x36, "GetECCurveId"],
			[0x02, 0x10, 0x25, "ReadCryptoObjectList"],
			[0x03, 0x00, 0x0e, "DigestOneShot"],
			[0x03, 0x01, 0x0f, "ECDHGenerateSharedSecret"],
			[0x03, 0x02, 0x37, "RSAEncrypt"],
			[0x03, 0x02, 0x38, "RSADecrypt"],
			[0x03, 0x0c, 0x09, "ECDSASign"],
			[0x03, 0x0c, 0x0a, "ECDSAVerify"],
			[0x04, 0x00, 0x1b, "CreateSession"],
			[0x04, 0x00, 0x1c, "CloseSession"],
			[0x04, 0x00, 0x1e, "RefreshSession"],
			[0x04, 0x00, 0x1f, "ExchangeSessionData"],
			[0x04, 0x00, 0x20, "GetVersion"],
			[0x04, 0x00, 0x21, "GetVersionExt"],
			[0x04, 0x00, 0x22, "GetFreeMemory"],
			[0x04, 0x00, 0x27, "CheckObjectExists"],
			[0x04, 0x00, 0x28, "DeleteSecureObject"],
			[0x04, 0x00, 0x2a, "DeleteAll"],
			[0x04, 0x00, 0x2c, "VerifySessionUserID"],
			[0x04, 0x00, 0x3d, "GetTimestamp"],
			[0x04, 0x00, 0x49, "GetRandom"],
			[0x04, 0x00, 0x52, "SetPlatformSCPRequest"],
		] as const
	).map(([ins, p1, p2, name]) => [`${ins} ${p1} ${p2}`, name]),
);

/** A command's name, as AN12413 or GlobalPlatform calls it; "unknown command" for another. */
export function commandName(apdu: Uint8Array): string {
	const [cla, ins = 0, p1, p2] = apdu;
	if (cla === select.cla && ins === select.ins) return "SELECT";
	return byInstruction.get(ins) ?? byHeader.get(`${ins & instructionMask} ${p1} ${p2}`) ?? "unknown command";
}
