// SPDX-License-Identifier: MIT
/** What an error of an AWS call means for what to do next. */
export type ErrorClass =
	/** Too fast: wait, then again. */
	| "throttled"
	/** The SDK has corrected this machine's clock by the service's: again. */
	| "skewed"
	/** The service or the network failed: wait, then again. */
	| "transient"
	/** The account refuses the caller: no other call will pass either. */
	| "refused"
	/** This request is wrong, or the resource's state forbids it. */
	| "final";

interface AwsError extends Error {
	$metadata?: { httpStatusCode?: number; clockSkewCorrected?: true };
	code?: string;
	resourceArn?: string;
}

/** Throttling is HTTP 400 in AWS IoT's service model, so only the name shows it. */
const throttling = new Set(["ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"]);

/** AWS common errors of requests that are not, or not validly, signed; and the SDK's own when it finds no credentials. */
const credentials = new Set([
	"CredentialsProviderError",
	"UnrecognizedClientException",
	"InvalidClientTokenId",
	"InvalidSignatureException",
	"SignatureDoesNotMatch",
	"ExpiredTokenException",
	"ExpiredToken",
	"MissingAuthenticationTokenException",
	"IncompleteSignatureException",
	"AccessDeniedException",
	"UnauthorizedException",
	"TokenProviderError",
]);

/** What AWS answers to a signature of another time (AWS common errors): some of these names have other causes, too. */
const clock = new Set([
	"InvalidSignatureException",
	"SignatureDoesNotMatch",
	"RequestTimeTooSkewed",
	"RequestExpired",
	"RequestInTheFuture",
	"AuthFailure",
]);

/** Codes of Node's sockets and resolver, and the SDK's name for an answer that does not come. */
const network = new Set([
	"ECONNREFUSED",
	"ECONNRESET",
	"ECONNABORTED",
	"EPIPE",
	"ETIMEDOUT",
	"EHOSTUNREACH",
	"ENETUNREACH",
	"ENETDOWN",
	"ENOTFOUND",
	"EAI_AGAIN",
	"TimeoutError",
]);

/** Sorts an error that the SDK threw. What is not known is final: an error of this program is not repeated. */
export function classifyError(error: unknown): ErrorClass {
	const { name, code = "", $metadata } = error as AwsError;
	const status = $metadata?.httpStatusCode ?? 0;
	if ($metadata?.clockSkewCorrected && clock.has(name)) return "skewed";
	if (throttling.has(name) || status === 429) return "throttled";
	if (credentials.has(name) || clock.has(name) || status === 401 || status === 403) return "refused";
	if (status >= 500 || network.has(code) || network.has(name)) return "transient";
	return "final";
}

/** What the SDK adds to an answer that it cannot read: where the developer of a program finds it. */
const adviceForDevelopers = /\n {2}Deserialization error: .*/;

/** An error as AWS names it, with what it says. */
export function describeError(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const { name, message, code } = error as AwsError;
	const label = name === "Error" ? code : name;
	return [label, message.replace(adviceForDevelopers, "")].filter(part => part !== undefined && part !== "").join(": ");
}

/** What to try after an error of AWS IoT. */
const remedies: Readonly<Record<string, string>> = {
	CertificateValidationException: "AWS IoT finds the certificate not valid: look at it with openssl x509 -text",
	LimitExceededException: "a quota of the account is reached: see Service Quotas, AWS IoT Core",
	MalformedPolicyException: "the policy document is not one: check the topics that were given",
	CertificateStateException: "the certificate's status does not allow this: see --status",
	ResourceNotFoundException: "it is gone since this run began: is another program at work on this account?",
};

/** AWS IoT refused one request, for a reason that lies in this request. */
export class CallRefusal extends Error {
	override readonly name = "CallRefusal";
	/** The error's name in AWS's service model. */
	readonly errorName: string;
	/** ResourceAlreadyExistsException names the resource. */
	readonly resourceArn: string | undefined;

	constructor(operation: string, cause: unknown) {
		const { name, resourceArn } = cause as AwsError;
		const remedy = remedies[name];
		super(`${operation}: ${describeError(cause)}${remedy ? ` (${remedy})` : ""}`, { cause });
		this.errorName = name;
		this.resourceArn = resourceArn;
	}
}

/** The run cannot go on; the message is the sentence for the person, and what was begun is taken up by the next run. */
export class RunError extends Error {
	override readonly name = "RunError";
}
