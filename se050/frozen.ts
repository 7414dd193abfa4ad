// SPDX-License-Identifier: MIT
/**
 * A table of constants, frozen down to its leaves: XS' linker then keeps all of it in flash. Of an object that could be
 * changed, each machine holds an entry in its RAM.
 */
export function frozen<const Table extends object>(table: Table): Table {
	for (const value of Object.values(table)) {
		if (typeof value === "object" && value !== null) frozen(value);
	}
	return Object.freeze(table);
}
