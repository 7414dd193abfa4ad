// SPDX-License-Identifier: MIT
/** Results of a test case as AWS IoT Device Advisor names them, from the best to the worst. */
export const verdicts = ["PASS", "PASS_WITH_WARNINGS", "FAIL", "ERROR"] as const;
export type TestVerdict = (typeof verdicts)[number];

/** The result of a test case, and what it rests on. */
export interface Judgement {
	verdict: TestVerdict;
	evidence: string;
}

export function pass(evidence: string): Judgement {
	return { verdict: "PASS", evidence };
}

export function warn(evidence: string): Judgement {
	return { verdict: "PASS_WITH_WARNINGS", evidence };
}

export function fail(evidence: string): Judgement {
	return { verdict: "FAIL", evidence };
}
