// SPDX-License-Identifier: MIT

/** `1 echo`, `2 echoes`, `1,000 bytes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
	return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
