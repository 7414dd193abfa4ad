// SPDX-License-Identifier: MIT
import { closeSync, createReadStream, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate as nextTurn } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { systemCode } from "../../lib/user-error.js";
import { writeAll, writeRemedy } from "../../lib/write-file.js";
import { ServiceError, StateError } from "../errors.js";
import type { Registry } from "../registry/registry.js";
import { registerThing } from "./register-thing.js";
import type { Parameters, Template } from "./template.js";

/** Status of the service model. */
export const taskStatus = ["InProgress", "Completed", "Failed", "Cancelled", "Cancelling"] as const;
export type TaskStatus = (typeof taskStatus)[number];

/** ReportType of the service model. */
export const reportTypes = ["ERRORS", "RESULTS"] as const;
export type ReportType = (typeof reportTypes)[number];

/** What a task was started with. */
export interface TaskRequest {
	templateBody: string;
	inputFileBucket: string;
	inputFileKey: string;
	roleArn: string;
}

/** A bulk registration: a line of the input after the other, each a thing. Times are seconds since the epoch. */
export class RegistrationTask {
	readonly taskId: string;
	readonly request: TaskRequest;
	readonly creationDate = Date.now() / 1000;
	lastModifiedDate = this.creationDate;
	status: TaskStatus = "InProgress";
	message: string | undefined;
	successCount = 0;
	failureCount = 0;
	percentageProgress = 0;
	readonly #template: Template;
	readonly #reports: string;

	/** @param reports folder of the task's reports */
	constructor(taskId: string, request: TaskRequest, template: Template, reports: string) {
		this.taskId = taskId;
		this.request = request;
		this.#template = template;
		this.#reports = reports;
	}

	/** Registers what the file says, to its end or to `cancel`. Never throws: the task's status has the outcome. */
	async run(registry: Registry, inputFile: string): Promise<void> {
		try {
			const status = await this.#registerAll(registry, inputFile);
			this.#end(status);
		} catch (error) {
			this.#end(
				"Failed",
				error instanceof StateError
					? error.message
					: `The input ${this.request.inputFileBucket}/${this.request.inputFileKey} could not be read (${systemCode(error) ?? String(error)}).`,
			);
		}
	}

	/** Stops before the next line. @throws ServiceError InvalidRequestException for a task that has ended */
	cancel(): void {
		if (this.status !== "InProgress" && this.status !== "Cancelling")
			throw new ServiceError("InvalidRequestException", `Task ${this.taskId} has ended: it is ${this.status}.`);
		this.status = "Cancelling";
	}

	/** Addresses of a kind of reports; none for a kind that has no line, or before the task's end. */
	reports(type: ReportType): string[] {
		const count = type === "ERRORS" ? this.failureCount : this.successCount;
		const ended = this.status !== "InProgress" && this.status !== "Cancelling";
		return ended && count > 0 ? [pathToFileURL(this.#reportFile(type)).href] : [];
	}

	async #registerAll(registry: Registry, inputFile: string): Promise<TaskStatus> {
		const total = await countLines(inputFile);
		mkdirSync(this.#reports, { recursive: true, mode: 0o700 });
		const [errors, results] = reportTypes.map(type => openSync(this.#reportFile(type), "w", 0o600)) as [number, number];
		try {
			let lineNumber = 0;
			for await (const line of linesOf(inputFile)) {
				if (this.status === "Cancelling") return "Cancelled";
				lineNumber++;
				this.#registerLine(registry, line, lineNumber, { errors, results });
				this.percentageProgress = Math.floor((lineNumber * 100) / total);
				await nextTurn();
			}
			return "Completed";
		} finally {
			closeSync(errors);
			closeSync(results);
		}
	}

	#registerLine(
		registry: Registry,
		line: string,
		lineNumber: number,
		{ errors, results }: { errors: number; results: number },
	): void {
		try {
			const resourceArns = registerThing(registry, this.#template.resources(parseLine(line)));
			this.#report(results, { lineNumber, resourceArns });
			this.successCount++;
		} catch (error) {
			if (!(error instanceof ServiceError)) throw error;
			this.#report(errors, { lineNumber, errorCode: error.name, errorMessage: error.message });
			this.failureCount++;
		}
	}

	#report(fd: number, line: object): void {
		try {
			writeAll(fd, Buffer.from(`${JSON.stringify(line)}\n`));
		} catch (error) {
			throw new StateError(`The reports in ${this.#reports} could not be written (${writeRemedy(error)}).`);
		}
	}

	#end(status: TaskStatus, message?: string): void {
		this.status = status;
		this.message = message;
		this.lastModifiedDate = Date.now() / 1000;
	}

	#reportFile(type: ReportType): string {
		return join(this.#reports, `${type.toLowerCase()}.ndjson`);
	}
}

/** The lines of a file that are not empty. */
async function* linesOf(file: string): AsyncGenerator<string> {
	for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity }))
		if (line.trim() !== "") yield line;
}

async function countLines(file: string): Promise<number> {
	let count = 0;
	for await (const _ of linesOf(file)) count++;
	return count;
}

function parseLine(line: string): Parameters {
	try {
		const value: unknown = JSON.parse(line);
		if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Parameters;
	} catch {
		// Refused below, with every other line that is not a JSON object.
	}
	throw new ServiceError("InvalidRequestException", "The line is not a JSON object of parameters.");
}
