// SPDX-License-Identifier: MIT

/** Calls what a key stands for, while the input is a terminal; Ctrl-C is `\u0003` then. */
export function watchKeys(actions: Readonly<Record<string, () => void>>, input = process.stdin): void {
	if (!input.isTTY) return;
	input.setRawMode(true);
	input.setEncoding("utf8");
	input.on("data", (text: string) => {
		for (const key of text) actions[key]?.();
	});
	process.on("exit", () => input.setRawMode(false));
}
