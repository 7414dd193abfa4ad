// SPDX-License-Identifier: MIT
import * as assert from "uvu/assert";

import { type Fixture, type Run, run } from "./iot-core/fixture.js";

/** Debian's own, not what a PATH may have before it. */
const program = "/usr/bin/aws";

/** `aws iot …` at a local AWS IoT Core, with the environment that the documentation tells; it repeats nothing by itself. */
export function aws(
	{ core, folder }: Pick<Fixture, "core" | "folder">,
	args: readonly string[],
	env: Record<string, string> = {},
	service: "iot" | "iot-data" = "iot",
): Promise<Run> {
	return run(program, [service, ...args, "--endpoint-url", core.controlUrl], {
		env: {
			AWS_ACCESS_KEY_ID: "any",
			AWS_SECRET_ACCESS_KEY: "any",
			AWS_DEFAULT_REGION: core.region,
			AWS_PAGER: "",
			AWS_MAX_ATTEMPTS: "1",
			AWS_EC2_METADATA_DISABLED: "true",
			HOME: folder,
			LC_ALL: "C.UTF-8",
			...env,
		},
	});
}

/** The answer of a command that succeeds; null when it prints none. */
export async function answer<Shape = Record<string, unknown>>(fixture: Fixture, ...args: string[]): Promise<Shape> {
	const { status, stdout, stderr } = await aws(fixture, args);
	assert.is(status, 0, stderr);
	return JSON.parse(stdout === "" ? "null" : stdout) as Shape;
}

/** What a command says that fails. */
export async function refusal(fixture: Fixture, ...args: string[]): Promise<string> {
	const { status, stderr } = await aws(fixture, args);
	assert.is.not(status, 0);
	return stderr.trim();
}
