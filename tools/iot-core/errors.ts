// SPDX-License-Identifier: MIT
/**
 * The errors of AWS IoT's control plane: name to HTTP status code, as in the service model
 * (botocore, `data/iot/2015-05-28/service-2.json`, `error.httpStatusCode` of each exception shape).
 */
export const serviceError = {
	InvalidRequestException: 400,
	CertificateValidationException: 400,
	MalformedPolicyException: 400,
	ThrottlingException: 400,
	UnauthorizedException: 401,
	ResourceNotFoundException: 404,
	CertificateStateException: 406,
	ResourceAlreadyExistsException: 409,
	DeleteConflictException: 409,
	VersionConflictException: 409,
	VersionsLimitExceededException: 409,
	LimitExceededException: 410,
	RequestEntityTooLargeException: 413,
	InternalFailureException: 500,
} as const;

export type ServiceErrorName = keyof typeof serviceError;

/** A request that AWS IoT's control plane would refuse. */
export class ServiceError extends Error {
	override readonly name: ServiceErrorName;
	/** Further members of the error's body: ResourceAlreadyExistsException names the resource. */
	readonly details: { resourceArn?: string; resourceId?: string };

	constructor(name: ServiceErrorName, message: string, details: { resourceArn?: string; resourceId?: string } = {}) {
		super(message);
		this.name = name;
		this.details = details;
	}

	get statusCode(): number {
		return serviceError[this.name];
	}
}

/** The state folder cannot be used; the message is the sentence that the operator reads. */
export class StateError extends Error {
	override readonly name = "StateError";
}
