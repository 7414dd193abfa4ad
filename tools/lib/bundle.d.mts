// SPDX-License-Identifier: MIT
/**
 * Bundles programs that run on Node, unless a bundle of the same sources is there.
 * Processes that need the same bundle wait for the one that makes it.
 * @param root the project's folder
 * @param name of the bundle, below build/bundles/
 * @param programs paths of their TypeScript, from the project's folder
 * @returns the folder of the bundle: its programs have the paths of their sources
 * @throws esbuild's error when a source cannot be parsed or an import cannot be resolved
 */
export function bundle(root: string, name: string, programs: readonly string[]): Promise<string>;

/** The program in a bundle that was made of a source. @param path of the source, from the project's folder */
export function bundled(output: string, path: string): string;
