// SPDX-License-Identifier: MIT
import { readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { changed, filesBelow, modified } from "./files.js";

/** The files that an object is made of, as the compiler has listed them for make (-MMD). */
function sourcesOf(dependencies: string): string[] {
	return readFileSync(dependencies, "utf8")
		.split(/[\s\\]+/)
		.filter(word => word !== "" && !word.endsWith(":"));
}

/**
 * Removes the objects of which a source has changed since. make does not notice a source that came with an older
 * modification time.
 * @param top the folder that paths in the compiler's lists begin at
 */
export function removeOutdated(folder: string, top: string): void {
	for (const dependencies of filesBelow(folder).filter(file => file.endsWith(".d"))) {
		const object = dependencies.replace(/d$/, "o");
		const made = modified(object);
		if (sourcesOf(dependencies).some(source => changed(resolve(top, source)) > made)) rmSync(object, { force: true });
	}
}
