// SPDX-License-Identifier: MIT
import type { IoTClient } from "@aws-sdk/client-iot";
import * as iot from "@aws-sdk/client-iot";
import type { Fixture } from "./iot-core/fixture.js";

/** An argument of a command line as the SDK has it: `--policy-name p` is `policyName: "p"`, a flag alone is true. */
function inputOf(args: readonly string[]): Record<string, string | boolean> {
	const input: Record<string, string | boolean> = {};
	args.forEach((word, index) => {
		const value = args[index + 1];
		if (word.startsWith("--"))
			input[word.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())] =
				value === undefined || value.startsWith("--") ? true : value;
	});
	return input;
}

type Command = Parameters<IoTClient["send"]>[0];

/** A command in the words of the AWS CLI, by the AWS SDK: it costs no process of its own. */
export async function call<Shape = Record<string, unknown>>(
	{ client }: Pick<Fixture, "client">,
	...[name = "", ...args]: string[]
): Promise<Shape> {
	const operation = name.replace(/(^|-)([a-z])/g, (_, _dash: string, letter: string) => letter.toUpperCase());
	const commands = iot as unknown as Record<string, new (input: object) => Command>;
	const CommandClass = commands[`${operation}Command`];
	if (CommandClass === undefined) throw new Error(`the SDK has no ${operation}Command`);
	const { $metadata, ...members } = await client.send(new CommandClass(inputOf(args)));
	return JSON.parse(JSON.stringify(members)) as Shape;
}

/** What the SDK says of a command that fails, with the error's name as the CLI has it. */
export async function callRefusal(fixture: Pick<Fixture, "client">, ...command: string[]): Promise<string> {
	try {
		await call(fixture, ...command);
	} catch (error) {
		return `(${(error as Error).name}) ${(error as Error).message}`;
	}
	return "";
}
