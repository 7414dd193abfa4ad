import type { TraceRecord } from "../se050-sim/trace.js";

/** A trace as a picture: a lane each for commands, blocks, transactions and faults, time from left to right. */

interface Span { begin: number; end: number; lane: number; colour: string; text: string }

const lanes = ["APDU", "T=1", "I2C", "fault"] as const;
const colours = { apdu: "#4878a8", host: "#6aa84f", chip: "#e69138", write: "#6aa84f", read: "#e69138", nack: "#cccccc", sleep: "#eeeeee", fault: "#cc0000" } as const;

const laneHeight = 40;
const left = 60;
const width = 1600;

function escape(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A command lasts until its answer: the next record of the chip's. */
function commandSpans(records: readonly TraceRecord[]): Span[] {
	return records.flatMap((record, index) => {
		if (record.layer !== "apdu" || record.from !== "host")
			return [];
		const answer = records.slice(index).find(other => other.layer === "apdu" && other.from === "chip");
		const status = answer?.layer === "apdu" ? answer.status : undefined;
		return [{ begin: record.time, end: answer?.time ?? record.time, lane: 0, colour: colours.apdu, text: `${record.command} ${status ?? ""}` }];
	});
}

function otherSpan(record: TraceRecord): Span[] {
	switch (record.layer) {
		case "t1": return [{ begin: record.time, end: record.time, lane: 1, colour: colours[record.from], text: `${record.from} ${record.block}` }];
		case "i2c": {
			const refused = record.nackedAfter !== undefined;
			const colour = refused ? colours.nack : record.operation === "write" || record.operation === "read" ? colours[record.operation] : colours.sleep;
			return [{ begin: record.time, end: record.end, lane: 2, colour, text: `${record.operation}${refused ? ", not acknowledged" : ""} ${record.bytes ?? ""}` }];
		}
		case "fault": return [{ begin: record.time, end: record.time, lane: 3, colour: colours.fault, text: JSON.stringify(record.fault) }];
		case "apdu": return [];
	}
}

/** An SVG document; a viewer shows what each mark is when it is pointed at. */
export function timeline(records: readonly TraceRecord[]): string {
	const spans = [...commandSpans(records), ...records.flatMap(otherSpan)];
	const begin = Math.min(...spans.map(span => span.begin));
	const total = Math.max(...spans.map(span => span.end)) - begin || 1;
	const x = (time: number): number => left + (time - begin) / total * width;
	const mark = ({ begin: from, end, lane, colour, text }: Span): string => {
		const length = Math.max(x(end) - x(from), 1);
		return `<rect x="${x(from).toFixed(2)}" y="${20 + lane * laneHeight}" width="${length.toFixed(2)}" height="${laneHeight - 10}" fill="${colour}"><title>${escape(`${((from - begin) / 1000).toFixed(3)} ms: ${text}`)}</title></rect>`;
	};
	const names = lanes.map((lane, index) => `<text x="4" y="${40 + index * laneHeight}">${lane}</text>`);
	const ticks = Array.from({ length: 11 }, (_, index) => {
		const at = left + index * width / 10;
		return `<line x1="${at}" x2="${at}" y1="15" y2="${20 + lanes.length * laneHeight}" stroke="#dddddd"/><text x="${at}" y="12">${(total * index / 10_000).toFixed(1)} ms</text>`;
	});
	const size = `width="${left + width + 60}" height="${30 + lanes.length * laneHeight}"`;
	return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="11">\n${[...ticks, ...names, ...spans.map(mark)].join("\n")}\n</svg>\n`;
}
