class Console {
	static write(line: string): void {
		native("xs_platform_console_write").call(this, line);
	}
}

/** Writes a line: a debug build's goes to xsbug's console, a release build's, whose `trace` is silent, to the serial console. */
export default function print(line: string): void {
	trace(line, "\n");
	Console.write(line);
}
