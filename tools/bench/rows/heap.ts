// SPDX-License-Identifier: MIT
import { build } from "../../build/build.js";
import { measureJavaScriptHeap, measureTlsHeap } from "../driver/memory.js";
import { targets } from "../driver/published.js";
import { type BenchRow, fixedFigures } from "../row.js";

const bytes = { unit: "B", digits: 0 };

/** Memory of the whole firmware, and of TLS outside of the JavaScript heap. */
export const heapRow: BenchRow = {
	name: "heap",
	what: "memory at its peak",
	prepare: () => build({ variant: "x86" }),
	async measure() {
		const heap = await measureJavaScriptHeap();
		const { peak, library } = await measureTlsHeap();
		return {
			figures: [
				...fixedFigures(
					{ name: "JavaScript heap, connected and echoing", ...bytes, goal: `<= ${targets.heap} B` },
					{ "firmware, XS in 32 bits, the ESP32's sizes": heap },
				),
				...fixedFigures(
					{ name: "TLS outside of it, handshake in TLS 1.2, P-256", ...bytes },
					{ [`engine with ${library}, 64 bits`]: peak },
				),
			],
			notes: [
				"npm run heap shows the parts. docs/tls.md has the engine's memory in 32 bits. No peer runs on this machine.",
			],
		};
	},
};
