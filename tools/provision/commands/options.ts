// SPDX-License-Identifier: MIT
import type { IoTClient } from "@aws-sdk/client-iot";
import { type Command, InvalidArgumentError } from "commander";
import { type ClientIdForm, clientIdForms } from "../../../app/identity.js";
import { wholeNumber } from "../../lib/command-line.js";
import { printable } from "../../lib/printable.js";
import { checkAccess } from "../account/access.js";
import { type AccountClientOptions, createClient } from "../account/client.js";
import { systemClock } from "../account/clock.js";
import { IotApi } from "../account/iot-api.js";
import { describeError } from "../account/service-errors.js";

export interface AccountOptions extends AccountClientOptions {
	rate: number;
	verbose?: boolean;
	json: boolean;
}

/** Most calls in flight: what a rate needs when a call takes a second, and no more than sockets are kept for. */
const concurrencyBounds = { least: 4, most: 64 } as const;

/** Options of all commands that talk to AWS. */
export function addAccountOptions(command: Command): Command {
	return command
		.option("--region <name>", "AWS region (default: AWS_REGION, AWS_DEFAULT_REGION, or the profile's)")
		.option("--profile <name>", "profile of ~/.aws/config (default: AWS_PROFILE)")
		.option(
			"--endpoint-url <url>",
			"URL of another control plane, such as the one that npm run iot-core prints (default: AWS_ENDPOINT_URL_IOT)",
		)
		.option(
			"--rate <number>",
			"calls per second of each operation; the AWS quotas begin at 10",
			wholeNumber(1, 10_000),
			8,
		)
		.option("--verbose", "a line for each certificate and each call that is repeated")
		.option("--json", "print each line as a JSON object (docs/json-output.md)", false);
}

/** Parses `--client-id`. */
export function clientIdOption(text: string): ClientIdForm {
	const form = clientIdForms.find(known => known === text);
	if (!form) throw new InvalidArgumentError(`It must be one of ${clientIdForms.join(", ")}.`);
	return form;
}

export function concurrencyFor(rate: number): number {
	return Math.min(concurrencyBounds.most, Math.max(concurrencyBounds.least, 2 * rate));
}

export interface AccountAccess {
	api: IotApi;
	client: IoTClient;
	close(): void;
}

/**
 * @param log called with a line about each call that is repeated
 * @throws RunError when region, profile or credentials are missing
 */
export async function accessAccount(options: AccountOptions, log: (line: string) => void): Promise<AccountAccess> {
	const { rate, verbose } = options;
	const client = createClient(options, concurrencyFor(rate));
	await checkAccess(client);
	const onRetry = (operation: string, error: unknown) => {
		if (verbose) log(`${operation} is repeated: ${printable(describeError(error))}`);
	};
	return { client, api: new IotApi(client, { clock: systemClock, rate, onRetry }), close: () => client.destroy() };
}
