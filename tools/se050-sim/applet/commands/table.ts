import { ADMINISTRATION_COMMANDS } from "./administration.js";
import type { Command } from "./command.js";
import { CRYPTO_COMMANDS } from "./crypto.js";
import { CURVE_COMMANDS } from "./curve.js";
import { DIGEST_COMMANDS } from "./digest.js";
import { MANAGEMENT_COMMANDS } from "./management.js";
import { READ_OBJECT_COMMANDS } from "./read-object.js";
import { READ_COMMANDS } from "./read.js";
import { RSA_COMMANDS } from "./rsa.js";
import { SESSION_COMMANDS } from "./session.js";
import { WRITE_KEY_COMMANDS } from "./write-key.js";
import { WRITE_USER_ID_COMMANDS } from "./write-user-id.js";
import { WRITE_COMMANDS } from "./write.js";

/** Every command of the applet. */
export const COMMANDS: readonly Command[] = [
	...MANAGEMENT_COMMANDS, ...ADMINISTRATION_COMMANDS, ...SESSION_COMMANDS, ...READ_OBJECT_COMMANDS, ...READ_COMMANDS,
	...WRITE_COMMANDS, ...WRITE_KEY_COMMANDS, ...WRITE_USER_ID_COMMANDS, ...CURVE_COMMANDS, ...CRYPTO_COMMANDS, ...RSA_COMMANDS, ...DIGEST_COMMANDS,
];
