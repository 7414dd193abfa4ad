// SPDX-License-Identifier: MIT
import { program } from "../lib/command-line.js";
import { addBulkCommand } from "./commands/bulk.js";
import { addEndpointCommand } from "./commands/endpoint.js";
import { addProvisionCommand } from "./commands/provision.js";

const command = program(
	"provision",
	"Brings SE050s with their factory certificates into an AWS account: AWS IoT Multi-Account Registration.",
	[
		"npm run provision -- /dev/ttyUSB0 --ca nxp-ca.der             a board on the desk",
		"npm run provision -- ledger.ndjson --ca nxp-ca.der --dry-run  what would be done; nothing changes in the account",
		"npm run provision -- chips/ ledger.csv --ca nxp-ca.der        a folder and a ledger",
		"npm run provision -- endpoint                                  the endpoint, and the line that builds the firmware for it",
		"npm run provision -- ledger.ndjson --remove                    takes these devices out of the account",
	],
);
command.enablePositionalOptions();
addProvisionCommand(command);
addEndpointCommand(command);
addBulkCommand(command);
await command.parseAsync();
