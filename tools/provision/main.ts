// SPDX-License-Identifier: MIT
import { program } from "../lib/command-line.js";
import { addBulkCommand } from "./commands/bulk.js";
import { addEndpointCommand } from "./commands/endpoint.js";
import { addProvisionCommand } from "./commands/provision.js";

const command = program(
	"provision",
	"Brings SE050s with their factory certificates into an AWS account: AWS IoT Multi-Account Registration.",
	[
		"npm run provision -- /dev/ttyUSB0                     a board on the desk",
		"npm run provision -- ledger.ndjson --dry-run          what a ledger would bring, without a write",
		"npm run provision -- chips/ ledger.csv                folders, PEM, DER, CSV and NDJSON",
		"npm run provision -- endpoint                         the endpoint, and the line that builds the firmware for it",
		"npm run provision -- ledger.ndjson --remove           all of it back",
	],
);
command.enablePositionalOptions();
addProvisionCommand(command);
addEndpointCommand(command);
addBulkCommand(command);
await command.parseAsync();
