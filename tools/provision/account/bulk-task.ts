// SPDX-License-Identifier: MIT
import {
	DescribeThingRegistrationTaskCommand,
	type IoTClient,
	ListThingRegistrationTaskReportsCommand,
	type ReportType,
	StartThingRegistrationTaskCommand,
} from "@aws-sdk/client-iot";
import type { Caller } from "./caller.js";
import type { PacingClock } from "./clock.js";

/** Where the task finds its input, and what it may use to read it. */
export interface TaskInput {
	bucket: string;
	key: string;
	/** ARN of a role that AWS IoT may assume, with s3:GetObject on the input. */
	roleArn: string;
	template: string;
}

/** How far a task is. */
export interface TaskProgress {
	/** AWS's TaskStatus: InProgress, Completed, Failed, Cancelled, Cancelling. */
	status: string;
	succeeded: number;
	failed: number;
	percent: number;
	message: string;
}

/** How often a task is looked at, in milliseconds. */
const pollInterval = 5_000;

/** A task of AWS's bulk engine: one at a time for an account. */
export class BulkTask {
	readonly #client: Pick<IoTClient, "send">;
	readonly #caller: Caller;
	readonly #clock: PacingClock;

	constructor(client: Pick<IoTClient, "send">, caller: Caller, clock: PacingClock) {
		this.#client = client;
		this.#caller = caller;
		this.#clock = clock;
	}

	/** @returns the task's id */
	async start({ bucket, key, roleArn, template }: TaskInput): Promise<string> {
		const { taskId = "" } = await this.#caller.call("StartThingRegistrationTask", () =>
			this.#client.send(
				new StartThingRegistrationTaskCommand({
					inputFileBucket: bucket,
					inputFileKey: key,
					roleArn,
					templateBody: template,
				}),
			),
		);
		return taskId;
	}

	/** Looks until the task has ended. @param onProgress called whenever something has changed */
	async follow(taskId: string, onProgress: (progress: TaskProgress) => void): Promise<TaskProgress> {
		for (let last = ""; ; await this.#clock.sleep(pollInterval)) {
			const progress = await this.#progress(taskId);
			const text = JSON.stringify(progress);
			if (text !== last) onProgress(progress);
			last = text;
			if (progress.status !== "InProgress" && progress.status !== "Cancelling") return progress;
		}
	}

	/** Addresses of the task's reports, to be downloaded while they are valid. */
	async reports(taskId: string, reportType: ReportType): Promise<string[]> {
		const links: string[] = [];
		for (let nextToken: string | undefined, more = true; more; more = nextToken !== undefined) {
			const page = await this.#caller.call("ListThingRegistrationTaskReports", () =>
				this.#client.send(new ListThingRegistrationTaskReportsCommand({ taskId, reportType, nextToken })),
			);
			links.push(...(page.resourceLinks ?? []));
			nextToken = page.nextToken;
		}
		return links;
	}

	async #progress(taskId: string): Promise<TaskProgress> {
		const {
			status = "",
			successCount = 0,
			failureCount = 0,
			percentageProgress = 0,
			message = "",
		} = await this.#caller.call("DescribeThingRegistrationTask", () =>
			this.#client.send(new DescribeThingRegistrationTaskCommand({ taskId })),
		);
		return { status, succeeded: successCount, failed: failureCount, percent: percentageProgress, message };
	}
}
