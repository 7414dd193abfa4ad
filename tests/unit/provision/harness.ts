// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccountView } from "../../../tools/provision/account/account-view.js";
import type { PacingClock } from "../../../tools/provision/account/clock.js";
import { IotApi } from "../../../tools/provision/account/iot-api.js";
import { defaultTopic, FleetPolicies, type PolicyChoice } from "../../../tools/provision/account/policy.js";
import { ProvisionJournal } from "../../../tools/provision/journal.js";
import { Provisioner, type ProvisionerOptions } from "../../../tools/provision/provisioner.js";
import { Remover, type RemoverOptions } from "../../../tools/provision/remover.js";
import { type CandidateReport, type ProvisionRunOptions, runCandidates } from "../../../tools/provision/run.js";
import type { Candidate } from "../../../tools/provision/sources/candidate.js";
import type { MadeChip } from "./chips.js";
import type { FakeIot } from "./fake-iot.js";
import { VirtualPacingClock } from "./virtual-clock.js";

const root = mkdtempSync(join(tmpdir(), "provision-"));
process.on("exit", () => rmSync(root, { recursive: true, force: true }));

/** A folder that is gone when the test process is. */
export function temporaryFolder(): string {
	return mkdtempSync(join(root, "run-"));
}

export type WatchedJournal = ProvisionerOptions["journal"] & RemoverOptions["journal"];

export interface Setup {
	fake: FakeIot;
	folder: string;
	clock?: PacingClock;
	rate?: number;
	choice?: PolicyChoice;
	/** What the provisioner sees of the journal. */
	watchJournal?(journal: ProvisionJournal): WatchedJournal;
	settings?: Partial<Pick<ProvisionerOptions, "adopt" | "things" | "thingType" | "registerOnly">>;
	runs?: Partial<Pick<ProvisionRunOptions, "form" | "concurrency" | "requireUid" | "authorities" | "today" | "signal">>;
	mode?: "provision" | "inspect" | "remove";
}

export async function* candidatesOf(chips: readonly MadeChip[]): AsyncGenerator<Candidate> {
	let line = 0;
	for (const { uid, pem } of chips)
		yield { origin: { name: "ledger", line: ++line }, uid, certificate: pem, position: line };
}

/** One run of the program, short of its command line. */
export async function runOnce(
	chips: readonly MadeChip[] | AsyncIterable<Candidate>,
	setup: Setup,
): Promise<CandidateReport[]> {
	const {
		fake,
		folder,
		clock = new VirtualPacingClock(),
		rate = 1_000,
		choice = { kind: "thing", topics: [defaultTopic] },
		mode = "provision",
	} = setup;
	const api = new IotApi(fake.client, { clock, rate });
	const journal = await ProvisionJournal.open(folder, fake.endpoint);
	const view = new AccountView(api, folder);
	const provisioner = new Provisioner({
		api,
		view,
		journal: setup.watchJournal?.(journal) ?? journal,
		policies: new FleetPolicies(api, choice),
		adopt: false,
		things: true,
		...setup.settings,
	});
	const remover = new Remover({
		api,
		view,
		journal: setup.watchJournal?.(journal) ?? journal,
		adopt: setup.settings?.adopt ?? false,
	});
	const reports: CandidateReport[] = [];
	try {
		await runCandidates({
			candidates: Symbol.asyncIterator in chips ? chips : candidatesOf(chips),
			form: "base64url",
			requireUid: false,
			concurrency: 4,
			folder,
			async work(certificate, device) {
				if (mode === "remove") return remover.remove(certificate, device);
				if (mode === "provision") return provisioner.provision(certificate, device);
				return (await provisioner.inspect(certificate, device)) ?? { result: "planned" };
			},
			onReport: report => reports.push(report),
			...setup.runs,
		});
	} finally {
		await view.close();
		await journal.close();
	}
	return reports;
}

export const resultsOf = (reports: readonly CandidateReport[]): string[] => reports.map(({ result }) => result);
