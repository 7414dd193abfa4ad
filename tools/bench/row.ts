// SPDX-License-Identifier: MIT

/** A number that a row measures. */
export interface Quantity {
	name: string;
	unit: string;
	/** Digits after the decimal point that are printed. */
	digits: number;
	/** What this project is to reach, for people. */
	goal?: string;
}

/** Who does a row's work: this project or a peer. */
export interface Worker {
	name: string;
	/** One run: a number for each quantity of the row; undefined for one that does not apply. */
	measure(): Promise<readonly (number | undefined)[]>;
}

/** A peer that this machine does not have, and how to get it. */
export interface MissingPeer {
	name: string;
	missing: string;
}

export type Contender = Worker | MissingPeer;

/** One quantity of one contender. */
export interface BenchFigure {
	quantity: Quantity;
	contender: string;
	/** In the order in which they were measured; empty when the peer is missing. */
	samples: readonly number[];
	missing?: string;
}

/** Figures of the same quantity stand together, this project's first. */
export interface RowResult {
	figures: readonly BenchFigure[];
	/** Sentences about how the figures were made. */
	notes?: readonly string[];
}

/** What a row gets from the program. */
export interface RowContext {
	/** An empty folder, removed after the row. */
	folder: string;
	/** How many certificates the row `provision` registers. */
	certificates: number;
	/** One sample of each contender, and none to warm up: shows that a row works, not how fast. */
	quick: boolean;
	/** Called after the row, whatever happens, the last one first. */
	closing(step: () => unknown): void;
	/** Shows how much of the row is done. */
	advance(done: number, total: number): void;
}

export interface BenchRow {
	/** As the command line names it. */
	name: string;
	/** What it measures, in a line. */
	what: string;
	/** What is not measured and shows its own progress: builds. */
	prepare?(): Promise<unknown>;
	measure(context: RowContext): Promise<RowResult>;
}

/** Contenders, and how they are compared. */
export interface Comparison {
	quantities: readonly Quantity[];
	/** This project first. */
	contenders: readonly Contender[];
	repetitions: number;
	/** Runs of each contender that are not counted, before all others. Default 0. */
	warmUps?: number;
}

/** Runs the contenders in turn (first, second, …, first, second, …), so that a change of the machine's load meets all. */
export async function compare(
	{ quick, advance }: Pick<RowContext, "quick" | "advance">,
	{ quantities, contenders, ...given }: Comparison,
): Promise<BenchFigure[]> {
	const { repetitions, warmUps = 0 } = quick ? { repetitions: 1 } : given;
	const rounds = warmUps + repetitions;
	const workers = contenders.filter(contender => "measure" in contender);
	const measured = new Map<Contender, (readonly (number | undefined)[])[]>(workers.map(worker => [worker, []]));
	let done = 0;
	for (let round = 0; round < rounds; round++)
		for (const worker of workers) {
			const numbers = await worker.measure();
			if (round >= warmUps) measured.get(worker)?.push(numbers);
			advance(++done, rounds * workers.length);
		}
	return quantities.flatMap((quantity, index) =>
		contenders.map(contender => ({
			quantity,
			contender: contender.name,
			samples: (measured.get(contender) ?? []).flatMap(numbers => numbers[index] ?? []),
			...("missing" in contender && { missing: contender.missing }),
		})),
	);
}

/** Figures that are the same in every run, or that a peer's source has published. */
export function fixedFigures(quantity: Quantity, values: Readonly<Record<string, number | undefined>>): BenchFigure[] {
	return Object.entries(values).flatMap(([contender, value]) =>
		value === undefined ? [] : [{ quantity, contender, samples: [value] }],
	);
}
