// SPDX-License-Identifier: MIT
import type { Command } from "commander";
import type { ClientIdForm } from "../../../app/identity.js";
import { guard } from "../../lib/command-line.js";
import { printJson } from "../../lib/json-lines.js";
import { isAws } from "../account/client.js";
import { buildLine, localNote, topicSetting } from "../account/endpoint.js";
import { defaultPolicyChoice } from "../account/policy.js";
import { type AccountOptions, accessAccount, addAccountOptions, clientIdOption } from "./options.js";

interface Options extends AccountOptions {
	clientId: ClientIdForm;
}

async function showEndpoint(options: Options): Promise<void> {
	const { api, client, close } = await accessAccount(options, line => console.error(line));
	try {
		const endpoint = await api.endpoint();
		const { clientId: form, json } = options;
		const ofAws = isAws(client);
		const build = buildLine(endpoint, form, topicSetting(defaultPolicyChoice, form), ofAws);
		if (json) return printJson("endpoint", { endpoint, buildLine: build });
		console.log(endpoint);
		console.log(`\nTo build and flash the firmware for it:\n  ${build}`);
		console.log(
			"The topic is the default policy's; leave it out for devices with a policy that allows the firmware's own.",
		);
		if (!ofAws) console.log(localNote);
	} finally {
		close();
	}
}

/** `provision endpoint` */
export function addEndpointCommand(parent: Command): void {
	const command = parent
		.command("endpoint")
		.description("prints the account's device endpoint (iot:Data-ATS) and the line that builds the firmware for it");
	addAccountOptions(command)
		.option(
			"--client-id <form>",
			"how the firmware writes the client id: base64url, base64, hex",
			clientIdOption,
			"base64url",
		)
		.action(() => guard(() => showEndpoint(command.opts<Options>())));
}
