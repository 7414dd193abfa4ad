// SPDX-License-Identifier: MIT
import { type CertificateDefect, largeCertificateMessage } from "../../iot-core/testing.js";
import { sortSuites } from "../suites.js";
import type { Bench, TestCase } from "../test-case.js";
import { fail, type Judgement, pass, warn } from "../verdict.js";

/** AWS IoT's largest payload, and the content of a TLS record of maximum size (RFC 8446, section 5.1), in bytes. */
const maxPayload = 128 * 1024,
	maxRecord = 16_384;
/** A device that took a bad certificate says so within this time. */
const silenceMs = 1_000;

/** What the handshake agreed on, where the device tells it. */
function agreed({ events }: Bench): string {
	const secured = events.find(({ name }) => name === "secured");
	return secured === undefined ? "" : `: ${secured.fields.version}, ${secured.fields.cipherSuite}`;
}

async function judgeConnection(bench: Bench): Promise<Judgement> {
	await bench.until("MQTT over TLS", () => bench.recording.of("CONNECT")[0]);
	return pass(`the handshake was completed${agreed(bench)}`);
}

async function judgeSuites({ recording, until }: Bench): Promise<Judgement> {
	const { suites } = await until("a ClientHello", () => recording.hellos[0]);
	const { supported, unsupported, recommended } = sortSuites(suites);
	const evidence = `offered ${supported.join(", ")}`;
	if (supported.length === 0) return fail(`no suite that AWS IoT supports: ${unsupported.join(", ")}`);
	if (unsupported.length > 0) return warn(`${evidence}, and unsupported ${unsupported.join(", ")}`);
	return recommended ? pass(evidence) : warn(`${evidence}, none of which AWS recommends`);
}

async function judgeLargestRecords({ recording, until }: Bench): Promise<Judgement> {
	const { packet } = await until("a PUBLISH of 128 KB to the device", () =>
		recording.of("PUBLISH", "server").find(({ packet }) => packet.payloadLength === maxPayload),
	);
	await until("its PUBACK", () => recording.of("PUBACK").find(({ packet: { id } }) => id === packet.id), 30);
	const full = recording.records.filter(length => length >= maxRecord).length;
	const evidence = `PUBLISH ${packet.id} of ${maxPayload} bytes in ${full} records of ${maxRecord} bytes was acknowledged`;
	return full >= maxPayload / maxRecord
		? pass(evidence)
		: fail(`${evidence}: the endpoint did not send records of maximum size`);
}

/** The device must end the handshake; some tests want an alert, too. */
function judgeRefusal(alertNeeded: boolean): (bench: Bench) => Promise<Judgement> {
	return async ({ recording, until, pause }) => {
		const line = await until(
			"the end of the handshake",
			() =>
				recording.of("CONNECT")[0] ??
				recording.log.find(entry => /the TLS handshake failed|before the TLS handshake was done/.test(entry)),
		);
		await pause(silenceMs);
		if (typeof line !== "string" || recording.of("CONNECT").length > 0)
			return fail("the device completed the handshake and sent CONNECT");
		const alert = /the TLS handshake failed: .*?alert (.*)/.exec(line)?.[1];
		if (alert !== undefined) return pass(`the device closed with the alert "${alert}"`);
		return alertNeeded ? warn("the device closed without an alert") : pass("the device closed without an alert");
	};
}

function refusal(id: string, certificate: CertificateDefect, alertNeeded = false): TestCase {
	return { id, required: true, fast: true, scenario: { certificate }, judge: judgeRefusal(alertNeeded) };
}

export const tlsCases: readonly TestCase[] = [
	{ id: "TLS_Connect", required: true, fast: true, judge: judgeConnection },
	{ id: "TLS_Support_AWS_IoT_Cipher_Suites", required: true, fast: true, judge: judgeSuites },
	{
		id: "TLS_Receive_Maximum_Size_Fragments",
		required: true,
		fast: true,
		scenario: { largeMessage: true },
		judge: judgeLargestRecords,
	},
	{
		id: "TLS_Large_Size_Server_Cert",
		required: true,
		fast: true,
		scenario: { certificate: "large-certificate" },
		async judge(bench) {
			await judgeConnection(bench);
			return pass(`took a Certificate message of ${largeCertificateMessage} bytes${agreed(bench)}`);
		},
	},
	refusal("TLS_Unsecure_Server_Cert", "untrusted-chain"),
	refusal("TLS_Incorrect_Subject_Name_Server_Cert", "wrong-name"),
	refusal("TLS_Expired_Server_Cert", "expired", true),
];
