// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { type Job, root } from "./jobs.js";

/** The type checker's verdict on the firmware and on the tools, a test each. */
export function typeChecks(): Job[] {
	return ["tsconfig.json", "tsconfig.tools.json"].map(project => ({
		name: `types of ${project}`,
		command: join(root, "node_modules", ".bin", "tsc"),
		args: ["-p", project, "--noEmit"],
		single: true,
	}));
}
