/** Stand-in of esp32/failed.ts: ends the process with the error. */
export default function failed(error: unknown): void {
	throw error;
}
