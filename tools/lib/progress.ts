// SPDX-License-Identifier: MIT
import { Presets, SingleBar } from "cli-progress";

/** One step of a longer work that a person waits for. */
export interface Step {
	/** So much of it is done. */
	advance(done: number, total: number): void;
	/** It has ended, well or not. */
	end(): void;
}

const redrawMilliseconds = 250;

function plainStep(what: string): Step {
	const begin = performance.now();
	console.error(`${what} …`);
	return {
		advance: () => undefined,
		end: () => console.error(`${what}: ${((performance.now() - begin) / 1_000).toFixed(1)} s`),
	};
}

/** A line that is drawn again: a bar when it is known how much there is to do, and the time in any case. */
function drawnStep(what: string): Step {
	const begin = performance.now();
	const seconds = () => `${((performance.now() - begin) / 1_000).toFixed(0)} s`;
	const bar = new SingleBar(
		{
			format: (options, { progress, total, value }) => {
				if (total === 0) return `${what} … ${seconds()}`;
				const full = Math.round(progress * (options.barsize ?? 40));
				return `${what} ${"█".repeat(full)}${"░".repeat((options.barsize ?? 40) - full)} ${value}/${total} ${seconds()}`;
			},
			barsize: 24,
			stream: process.stderr,
			hideCursor: null,
			gracefulExit: false,
			fps: 1_000 / redrawMilliseconds,
		},
		Presets.shades_classic,
	);
	bar.start(0, 0);
	const timer = setInterval(() => bar.updateETA(), redrawMilliseconds).unref();
	return {
		advance(done, total) {
			bar.setTotal(total);
			bar.update(done);
		},
		end() {
			clearInterval(timer);
			bar.stop();
		},
	};
}

/** Shows on standard error that a step has begun: as a line that moves on a terminal, else as one line when it begins and one when it ends. */
export function beginStep(what: string): Step {
	return process.stderr.isTTY ? drawnStep(what) : plainStep(what);
}
