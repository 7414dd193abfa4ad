// SPDX-License-Identifier: MIT
import { administrationCommands } from "./administration.js";
import type { AppletCommand } from "./command.js";
import { cryptoCommands } from "./crypto.js";
import { curveCommands } from "./curve.js";
import { digestCommands } from "./digest.js";
import { managementCommands } from "./management.js";
import { readCommands } from "./read.js";
import { readObjectCommands } from "./read-object.js";
import { rsaCommands } from "./rsa.js";
import { sessionCommands } from "./session.js";
import { writeCommands } from "./write.js";
import { writeEcKeyCommands } from "./write-ec-key.js";
import { writeRsaKeyCommands } from "./write-rsa-key.js";
import { writeUserIdCommands } from "./write-user-id.js";

/** Every command of the applet. */
export const commandTable: readonly AppletCommand[] = [
	...managementCommands,
	...administrationCommands,
	...sessionCommands,
	...readObjectCommands,
	...readCommands,
	...writeCommands,
	...writeEcKeyCommands,
	...writeRsaKeyCommands,
	...writeUserIdCommands,
	...curveCommands,
	...cryptoCommands,
	...rsaCommands,
	...digestCommands,
];
