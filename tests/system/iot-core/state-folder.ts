// SPDX-License-Identifier: MIT
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { serverIdentity } from "../../../tools/iot-core/endpoint/authority.js";
import { root } from "../../../tools/lib/root.js";

/** The server's three RSA keys take half a second to find, and no test depends on them: all tests share these. */
const shared = join(root, "build", "tests", "iot-core-identity");

/** Made once; of test files that run at the same time, one's become the shared ones. */
async function makeShared(): Promise<void> {
	mkdirSync(dirname(shared), { recursive: true });
	const made = mkdtempSync(`${shared}-`);
	await serverIdentity(made, "ap-northeast-1", "rsa");
	try {
		renameSync(made, shared);
	} catch {
		rmSync(made, { recursive: true });
	}
}

/** Puts a server's keys and certificates into a state folder for iot-core, which makes what it cannot use. @returns the folder */
export async function stateFolder(folder: string): Promise<string> {
	if (!existsSync(shared)) await makeShared();
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	for (const name of readdirSync(shared)) copyFileSync(join(shared, name), join(folder, name));
	return folder;
}
