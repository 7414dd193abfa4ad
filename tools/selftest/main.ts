// SPDX-License-Identifier: MIT
import { build } from "../build/build.js";
import { startFirmware } from "../device/firmware.js";
import { busName, checkBus } from "../lib/arguments.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { printable } from "../lib/printable.js";
import { parseEvent } from "../lib/serial-lines.js";

interface Options {
	bus: string;
	hz: number;
}

const command = program(
	"selftest",
	"Tries a chip and prints a table of what it says and how long it takes: the firmware's own self-test, on this machine.",
	["npm run selftest -- --bus /dev/i2c-1", "npm run selftest -- --bus sim:state/chip.sock"],
)
	.requiredOption(
		"--bus <bus>",
		"the chip: sim:PATH or sim:HOST:PORT for a simulator, /dev/i2c-N for a real one",
		busName,
	)
	.option("--hz <number>", "clock of the bus, where it can be set", wholeNumber(10_000, 1_000_000), 400_000)
	.parse();

await guard(async () => {
	const { bus, hz } = command.opts<Options>();
	checkBus(bus);
	let isPassed = false;
	const firmware = startFirmware({
		...(await build()),
		config: { bus, hz, selftest: 1 },
		onLine(line) {
			console.log(printable(line));
			const event = parseEvent(line);
			if (event?.name === "selftest") isPassed = event.fields.result === "passed";
		},
		onError: line => console.error(printable(line)),
	});
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => firmware.process.kill(signal));
	const { status } = await firmware.ended;
	process.exitCode = status === 0 && isPassed ? 0 : 1;
});
