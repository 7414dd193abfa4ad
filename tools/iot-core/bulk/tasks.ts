// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";
import { join, resolve, sep } from "node:path";

import { ServiceError } from "../errors.js";
import type { Registry } from "../registry/registry.js";
import { matching } from "../registry/thing-input.js";
import { RegistrationTask, taskStatus } from "./task.js";
import { Template } from "./template.js";

/** Service model, RegistryS3BucketName, RegistryS3KeyName and RoleArn. */
const bucketPattern = /^[a-zA-Z0-9._-]{3,256}$/;
const objectKeyPattern = /^[a-zA-Z0-9!_.*'()-/]{1,1024}$/;
const role = /^arn:aws[a-z-]*:iam::\d{12}:role\/.{1,1900}$/;

/** Where a task's input and reports are. */
export interface TaskFolders {
	/** Stands for S3: an object is the file `<bucket>/<key>` in it. */
	objects: string;
	reports: string;
}

/** The account's bulk registrations, one at a time (developer guide, "Bulk registration"). They end with the process. */
export class RegistrationTasks {
	readonly #registry: Registry;
	readonly #folders: TaskFolders;
	readonly #tasks = new Map<string, RegistrationTask>();
	#running: { task: RegistrationTask; ended: Promise<void> } | undefined;

	constructor(registry: Registry, folders: TaskFolders) {
		this.#registry = registry;
		this.#folders = folders;
	}

	/** @throws ServiceError InvalidRequestException while another task is running */
	start(input: Record<string, unknown>): RegistrationTask {
		const request = {
			inputFileBucket: matching(input.inputFileBucket, bucketPattern, "inputFileBucket"),
			inputFileKey: matching(input.inputFileKey, objectKeyPattern, "inputFileKey"),
			roleArn: matching(input.roleArn, role, "roleArn"),
			templateBody: String(input.templateBody),
		};
		const template = new Template(input.templateBody);
		const file = this.#objectFile(request.inputFileBucket, request.inputFileKey);
		if (this.#running !== undefined)
			throw new ServiceError(
				"InvalidRequestException",
				`Task ${this.#running.task.taskId} is running; an account runs one task at a time.`,
			);
		const taskId = randomUUID();
		const task = new RegistrationTask(taskId, request, template, join(this.#folders.reports, taskId));
		this.#tasks.set(taskId, task);
		const ended = task.run(this.#registry, file).finally(() => {
			this.#running = undefined;
		});
		this.#running = { task, ended };
		return task;
	}

	describe(taskId: string): RegistrationTask {
		const task = this.#tasks.get(taskId);
		if (task === undefined) throw new ServiceError("ResourceNotFoundException", `Task ${taskId} cannot be found.`);
		return task;
	}

	/** All tasks, oldest first, of one status or of any. */
	list(status: string | null): RegistrationTask[] {
		if (status !== null && !taskStatus.some(known => known === status))
			throw new ServiceError("InvalidRequestException", `status must be one of ${taskStatus.join(", ")}.`);
		return [...this.#tasks.values()].filter(task => status === null || task.status === status);
	}

	/** Stops the running task. */
	async close(): Promise<void> {
		this.#running?.task.cancel();
		await this.#running?.ended;
	}

	#objectFile(bucket: string, key: string): string {
		const folder = resolve(this.#folders.objects, bucket);
		const file = resolve(folder, key);
		if (bucket.startsWith(".") || !file.startsWith(folder + sep))
			throw new ServiceError("InvalidRequestException", `${bucket}/${key} names no object.`);
		return file;
	}
}
