// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { IoTClient } from "@aws-sdk/client-iot";
import { RunError } from "./service-errors.js";

/** A clock that is further off is said, in milliseconds: AWS refuses signatures that are off by more than five minutes. */
const worthSaying = 240_000;

function read(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}

/** Names of the profiles of the shared files: `[profile NAME]` in config, `[NAME]` in both. */
function profiles({ AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }: NodeJS.ProcessEnv): string[] {
	const folder = join(homedir(), ".aws");
	const text = [
		read(AWS_CONFIG_FILE || join(folder, "config")),
		read(AWS_SHARED_CREDENTIALS_FILE || join(folder, "credentials")),
	].join("\n");
	const sections = [...text.matchAll(/^\s*\[\s*(?:profile\s+)?["']?([^\]"']+?)["']?\s*\]/gm)].map(
		([, name = ""]) => name,
	);
	return [...new Set(sections.filter(name => !/^(sso-session|services)\s/.test(name)))];
}

function checkProfile(environment: NodeJS.ProcessEnv): void {
	const name = environment.AWS_PROFILE;
	if (!name) return;
	const known = profiles(environment);
	if (known.includes(name)) return;
	const present = known.length > 0 ? `it has ${known.join(", ")}` : "there is none";
	throw new RunError(
		`There is no AWS profile "${name}" in ~/.aws/config and ~/.aws/credentials (${present}): correct --profile or AWS_PROFILE, or make it with aws configure --profile ${name}.`,
	);
}

const profileText = ({ AWS_PROFILE }: NodeJS.ProcessEnv) =>
	AWS_PROFILE ? `the profile ${AWS_PROFILE}` : "the profile";

/**
 * Checks that the SDK finds what it needs to make a call.
 * @throws RunError with the remedy
 */
export async function checkAccess(client: IoTClient, environment = process.env): Promise<void> {
	checkProfile(environment);
	try {
		await client.config.region();
	} catch (error) {
		const { message } = error as Error;
		throw new RunError(
			message.startsWith("Region is missing")
				? `No AWS region is set: give --region, AWS_REGION or AWS_DEFAULT_REGION, or a region in ${profileText(environment)} (aws configure).`
				: `The AWS region cannot be used: ${message}`,
		);
	}
	try {
		await client.config.credentials();
	} catch (error) {
		throw new RunError(
			`No AWS credentials were found: ${(error as Error).message}\nGive AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile with credentials (aws configure, or aws sso login); for the local AWS IoT Core any will do.`,
		);
	}
}

/** What a person should know about this machine's clock; undefined when it is right. @param offset as `clockOffset` has it */
export function clockNote(offset: number): string | undefined {
	if (Math.abs(offset) < worthSaying) return undefined;
	const minutes = Math.round(Math.abs(offset) / 60_000);
	return `This machine's clock is ${minutes} minutes ${offset > 0 ? "slow" : "fast"} by the service's: corrected for this run. Set it (NTP): other tools are refused.`;
}
