// SPDX-License-Identifier: MIT
import { program } from "../lib/command-line.js";
import { addAttestationCommands } from "./commands/attestation.js";
import { addKeyCommands } from "./commands/keys.js";
import { addObjectCommands } from "./commands/objects.js";
import { addRotationCommand } from "./commands/rotation.js";
import { addTraceCommand } from "./commands/trace.js";

const tool = program("se050", "Asks an SE050, real or simulated, over the firmware's own driver.", [
	"npm run se050 -- info --bus sim:state/chip.sock",
	"npm run -s se050 -- cert --bus /dev/i2c-1 > device.pem",
	"npm run se050 -- keygen 0x10000001 && npm run se050 -- csr 0x10000001 --subject CN=my-device --out device.csr",
	"npm run se050 -- cert 0x10000002 --write device.pem",
	"npm run se050 -- attest 0xF0000100 --out key.json",
	"npm run se050 -- verify-attestation key.json --ca state/manufacturer.json",
	"npm run se050 -- trace state/trace.ndjson --svg timeline.svg",
]);
addObjectCommands(tool);
addKeyCommands(tool);
addAttestationCommands(tool);
addRotationCommand(tool);
addTraceCommand(tool);
await tool.parseAsync();
