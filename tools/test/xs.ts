// SPDX-License-Identifier: MIT
import { build } from "../build/build.js";
import { xsTests } from "../build/xs-tests.js";
import type { Job } from "./jobs.js";

/** The tests that run inside XS, on the engine as it ships and under the sanitizers. Builds both. */
export async function xsJobs(): Promise<Job[]> {
	const jobs: Job[] = [];
	for (const variant of ["release", "sanitize"] as const) {
		const { executable, modules } = await build({ variant });
		jobs.push(
			...xsTests().map(name => ({ name: `${name} (XS, ${variant})`, command: executable, args: [modules, name] })),
		);
	}
	return jobs;
}
