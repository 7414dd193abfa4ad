// SPDX-License-Identifier: MIT
import { reportTypes } from "../bulk/task.js";
import { ServiceError } from "../errors.js";
import type { Operation } from "./operation.js";
import { page, tokenPageOf } from "./pagination.js";

/** The operations of bulk registration. */
export const taskOperations: readonly Operation[] = [
	{
		name: "StartThingRegistrationTask",
		method: "POST",
		path: "/thing-registration-tasks",
		run({ tasks }, { body }) {
			return { taskId: tasks.start(body).taskId };
		},
	},
	{
		name: "DescribeThingRegistrationTask",
		method: "GET",
		path: "/thing-registration-tasks/{taskId}",
		run({ tasks }, call) {
			const {
				taskId,
				request,
				creationDate,
				lastModifiedDate,
				status,
				message,
				successCount,
				failureCount,
				percentageProgress,
			} = tasks.describe(call.label("taskId"));
			return {
				taskId,
				...request,
				creationDate,
				lastModifiedDate,
				status,
				message,
				successCount,
				failureCount,
				percentageProgress,
			};
		},
	},
	{
		name: "StopThingRegistrationTask",
		method: "PUT",
		path: "/thing-registration-tasks/{taskId}/cancel",
		run({ tasks }, call) {
			tasks.describe(call.label("taskId")).cancel();
			return {};
		},
	},
	{
		name: "ListThingRegistrationTasks",
		method: "GET",
		path: "/thing-registration-tasks",
		run({ tasks }, { query }) {
			const { items, nextMarker } = page(tasks.list(query.get("status")), ({ taskId }) => taskId, tokenPageOf(query));
			return { taskIds: items.map(({ taskId }) => taskId), nextToken: nextMarker };
		},
	},
	{
		name: "ListThingRegistrationTaskReports",
		method: "GET",
		path: "/thing-registration-tasks/{taskId}/reports",
		run({ tasks }, call) {
			const reportType = reportTypes.find(type => type === call.query.get("reportType"));
			if (reportType === undefined)
				throw new ServiceError("InvalidRequestException", `reportType must be one of ${reportTypes.join(", ")}.`);
			const links = tasks.describe(call.label("taskId")).reports(reportType);
			const { items, nextMarker } = page(links, link => link, tokenPageOf(call.query));
			return { resourceLinks: items, reportType, nextToken: nextMarker };
		},
	},
];
