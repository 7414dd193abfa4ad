import type { Command } from "./command.js";
import { CRYPTO_COMMANDS } from "./crypto.js";
import { MANAGEMENT_COMMANDS } from "./management.js";
import { READ_OBJECT_COMMANDS } from "./read-object.js";
import { READ_COMMANDS } from "./read.js";
import { RSA_COMMANDS } from "./rsa.js";
import { WRITE_KEY_COMMANDS } from "./write-key.js";
import { WRITE_COMMANDS } from "./write.js";

/** Every command of the applet. */
export const COMMANDS: readonly Command[] = [
	...MANAGEMENT_COMMANDS, ...READ_OBJECT_COMMANDS, ...READ_COMMANDS, ...WRITE_COMMANDS, ...WRITE_KEY_COMMANDS, ...CRYPTO_COMMANDS, ...RSA_COMMANDS,
];
