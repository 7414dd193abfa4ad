// SPDX-License-Identifier: MIT
/** Why a request's signature header is not acceptable: an AWS common error, its HTTP status and a sentence. */
export interface AuthorizationFailure {
	name: "MissingAuthenticationTokenException" | "IncompleteSignatureException" | "InvalidSignatureException";
	statusCode: 403;
	message: string;
}

/**
 * Services of the credential scope that are AWS IoT's control plane: `iot` (today's service model, `signingName`),
 * and `execute-api`, with which the AWS CLI 2.9 still signs.
 */
const services = ["iot", "execute-api"];
/** Signature Version 4's Authorization header (AWS General Reference, "Signing AWS API requests"). */
const authorizationPattern =
	/^AWS4-HMAC-SHA256\s+Credential=[^\s/,]+\/\d{8}\/([^\s/,]+)\/([^\s/,]+)\/aws4_request,\s*SignedHeaders=[a-z0-9;-]+,\s*Signature=[0-9a-f]{64}$/;

/**
 * Judges the form of a Signature Version 4 header: algorithm, region and service of the credential scope. The
 * signature itself is not checked: any access key is as good as another here.
 */
export function authorizationFailure(header: string | undefined, region: string): AuthorizationFailure | undefined {
	if (header === undefined)
		return {
			name: "MissingAuthenticationTokenException",
			statusCode: 403,
			message: "Missing Authentication Token: sign the request with Signature Version 4; any access key will do.",
		};
	const scope = authorizationPattern.exec(header);
	if (scope === null)
		return {
			name: "IncompleteSignatureException",
			statusCode: 403,
			message: "The Authorization header is not one of AWS Signature Version 4.",
		};
	const [, signedRegion, service] = scope;
	if (signedRegion !== region)
		return {
			name: "InvalidSignatureException",
			statusCode: 403,
			message: `Credential should be scoped to a valid region, not '${signedRegion}': this is ${region} (AWS_DEFAULT_REGION or --region).`,
		};
	if (!services.includes(service as string))
		return {
			name: "InvalidSignatureException",
			statusCode: 403,
			message: `Credential should be scoped to correct service: '${services[0]}', not '${service}'.`,
		};
	return undefined;
}
