// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";

import { type OperatorCredentials, parseAuthorization, signatureFault } from "./signature.js";

/** Why a request's signature is not acceptable: an AWS common error, its HTTP status and a sentence. */
export interface AuthorizationFailure {
	name:
		| "MissingAuthenticationTokenException"
		| "IncompleteSignatureException"
		| "InvalidSignatureException"
		| "UnrecognizedClientException";
	statusCode: 403;
	message: string;
}

/**
 * Services of the credential scope that are AWS IoT's control and data plane: `iot` and `iotdata` (today's service
 * models, `signingName`), and `execute-api`, with which the AWS CLI 2.9 still signs for the control plane.
 */
const services = ["iot", "iotdata", "execute-api"];

/**
 * Judges the Signature Version 4 of a request: algorithm, region and service of the credential scope; with
 * credentials the signature too, else any access key is as good as another.
 */
export function authorizationFailure(
	request: IncomingMessage,
	body: Buffer,
	region: string,
	credentials: OperatorCredentials | undefined,
): AuthorizationFailure | undefined {
	const { authorization } = request.headers;
	if (authorization === undefined)
		return failure(
			"MissingAuthenticationTokenException",
			`Missing Authentication Token: sign the request with Signature Version 4${credentials === undefined ? "; any access key will do" : ""}.`,
		);
	const signed = parseAuthorization(authorization);
	if (signed === undefined)
		return failure("IncompleteSignatureException", "The Authorization header is not one of AWS Signature Version 4.");
	if (signed.region !== region)
		return failure(
			"InvalidSignatureException",
			`Credential should be scoped to a valid region, not '${signed.region}': this is ${region} (AWS_DEFAULT_REGION or --region).`,
		);
	if (!services.includes(signed.service))
		return failure(
			"InvalidSignatureException",
			`Credential should be scoped to correct service: '${services[0]}', not '${signed.service}'.`,
		);
	const fault = credentials && signatureFault(request, body, signed, credentials);
	return fault && failure(fault.name, fault.message);
}

function failure(name: AuthorizationFailure["name"], message: string): AuthorizationFailure {
	return { name, statusCode: 403, message };
}
