import type { Command } from "commander";

/** `provision bulk` */
export function addBulkCommand(_parent: Command): void {
}
