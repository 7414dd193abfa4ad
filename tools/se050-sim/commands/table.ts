import type { Command } from "./command.js";
import { CRYPTO_COMMANDS } from "./crypto.js";
import { MANAGEMENT_COMMANDS } from "./management.js";
import { READ_COMMANDS } from "./read.js";
import { WRITE_COMMANDS } from "./write.js";

/** Every command of the applet. */
export const COMMANDS: readonly Command[] = [...MANAGEMENT_COMMANDS, ...READ_COMMANDS, ...WRITE_COMMANDS, ...CRYPTO_COMMANDS];
