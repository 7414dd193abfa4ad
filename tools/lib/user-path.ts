// SPDX-License-Identifier: MIT
import { dirname, resolve } from "node:path";

/**
 * Where a path of the command line is: relative to the folder that the person is in. npm runs a script in the package's
 * folder, and has the person's in INIT_CWD.
 * @param cwd this process's folder
 */
export function userPath(path: string, environment = process.env, cwd = process.cwd()): string {
	const { INIT_CWD: folder, npm_package_json: packageFile } = environment;
	const movedByNpm =
		folder !== undefined && folder !== cwd && packageFile !== undefined && dirname(packageFile) === cwd;
	return movedByNpm ? resolve(folder, path) : path;
}
