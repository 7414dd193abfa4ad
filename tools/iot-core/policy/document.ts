// SPDX-License-Identifier: MIT
import { ServiceError } from "../errors.js";
import { conditionOperators, setQualifiers } from "./conditions.js";

/** One test of a statement's Condition element: an operator, a key and the values it is compared with. */
export interface Condition {
	operator: string;
	key: string;
	values: string[];
}

/** One statement of a policy. */
export interface Statement {
	effect: "Allow" | "Deny";
	actions: string[];
	resources: string[];
	conditions: Condition[];
}

/** Longest document, without white space (AWS IoT quotas, "Policy document size"). */
const maxLength = 2048;
/** IAM's policy language versions (IAM user guide, "Version"). */
const versions = ["2012-10-17", "2008-10-17"];
const documentElements = ["Version", "Id", "Statement"];
const statementElements = ["Sid", "Effect", "Action", "Resource", "Condition"];
const action = /^(\*|[a-z0-9-]+:[a-z0-9*?]+)$/i;
const resource = /^(\*|arn:[^\s]+)$/;

type JsonObject = Record<string, unknown>;

/**
 * Reads an AWS IoT policy document.
 * @throws ServiceError MalformedPolicyException, with the element that is wrong.
 */
export function parsePolicyDocument(text: string): Statement[] {
	const length = text.replace(/\s/g, "").length;
	if (length > maxLength)
		throw malformed(`the document has ${length} characters without white space; at most ${maxLength} are allowed`);
	const document = asObject(parseJson(text), "the document");
	checkElements(document, documentElements, "the document");
	if (document.Version !== undefined && !versions.includes(String(document.Version)))
		throw malformed(`Version must be one of ${versions.join(", ")}`);
	const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
	if (statements.length === 0) throw malformed("Statement is empty");
	return statements.map((statement, index) => parseStatement(statement, `Statement ${index + 1}`));
}

function parseStatement(value: unknown, where: string): Statement {
	const statement = asObject(value, where);
	checkElements(statement, statementElements, where);
	const effect = statement.Effect;
	if (effect !== "Allow" && effect !== "Deny") throw malformed(`${where}: Effect must be Allow or Deny`);
	return {
		effect,
		actions: matching(statement.Action, action, `${where}: Action`),
		resources: matching(statement.Resource, resource, `${where}: Resource`),
		conditions: statement.Condition === undefined ? [] : parseConditions(statement.Condition, `${where}: Condition`),
	};
}

function parseConditions(value: unknown, where: string): Condition[] {
	return Object.entries(asObject(value, where)).flatMap(([operator, tests]) => {
		checkOperator(operator, where);
		return Object.entries(asObject(tests, `${where}.${operator}`)).map(([key, values]) => ({
			operator,
			key,
			values: asStrings(values, `${where}.${operator}.${key}`),
		}));
	});
}

function checkOperator(operator: string, where: string): void {
	const [qualifier, name] = operator.includes(":") ? operator.split(":", 2) : [undefined, operator];
	const known = name !== undefined && Object.hasOwn(conditionOperators, name);
	if (!known || (qualifier !== undefined && !setQualifiers.includes(qualifier)))
		throw malformed(`${where}: ${operator} is not a supported condition operator`);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw malformed("it is not JSON (a file's content is passed to the AWS CLI as file://NAME)");
	}
}

function asObject(value: unknown, where: string): JsonObject {
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw malformed(`${where} must be an object`);
	return value as JsonObject;
}

function asStrings(value: unknown, where: string): string[] {
	const values = (Array.isArray(value) ? value : [value]).map(item =>
		typeof item === "boolean" ? String(item) : item,
	);
	if (values.length === 0 || !values.every(item => typeof item === "string"))
		throw malformed(`${where} must be a string or a list of strings`);
	return values;
}

function matching(value: unknown, pattern: RegExp, where: string): string[] {
	const values = asStrings(value, where);
	const wrong = values.find(item => !pattern.test(item));
	if (wrong !== undefined) throw malformed(`${where}: "${wrong}" is invalid`);
	return values;
}

function checkElements(object: JsonObject, allowed: string[], where: string): void {
	const unknown = Object.keys(object).find(element => !allowed.includes(element));
	if (unknown !== undefined)
		throw malformed(`${where} has an element "${unknown}", which AWS IoT policies do not have`);
}

function malformed(reason: string): ServiceError {
	return new ServiceError("MalformedPolicyException", `Policy document is Malformed: ${reason}.`);
}
