// SPDX-License-Identifier: MIT
import type { BenchRow } from "./row.js";
import { certificateRow } from "./rows/certificate.js";
import { driverRow } from "./rows/driver.js";
import { fanOutRow } from "./rows/fan-out.js";
import { firmwareRow } from "./rows/firmware.js";
import { footprintRow } from "./rows/footprint.js";
import { heapRow } from "./rows/heap.js";
import { infoRow } from "./rows/info.js";
import { oneToOneRow } from "./rows/one-to-one.js";
import { provisionRow } from "./rows/provision.js";
import { qos1Row } from "./rows/qos1.js";
import { signRow } from "./rows/sign.js";
import { startRow } from "./rows/start.js";
import { testSuiteRow } from "./rows/test-suite.js";
import { wakeUpRow } from "./rows/wake-up.js";

/** All rows, in the order in which they run: those of the driver are the quickest. */
export const benchRows: readonly BenchRow[] = [
	driverRow,
	certificateRow,
	wakeUpRow,
	footprintRow,
	heapRow,
	signRow,
	infoRow,
	startRow,
	testSuiteRow,
	firmwareRow,
	qos1Row,
	oneToOneRow,
	fanOutRow,
	provisionRow,
];

/** @throws Error that names the rows when a name is not one of them */
export function chooseRows(names: readonly string[]): BenchRow[] {
	const unknown = names.filter(name => !benchRows.some(row => row.name === name));
	if (unknown.length > 0)
		throw new Error(
			`There is no row ${unknown.join(", ")}. The rows are: ${benchRows.map(({ name }) => name).join(", ")}.`,
		);
	return benchRows.filter(({ name }) => names.length === 0 || names.includes(name));
}
