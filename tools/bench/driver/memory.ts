// SPDX-License-Identifier: MIT
import { measureFirmware } from "../../heap/demonstration.js";
import { mbedtls, runClient, withServer } from "../tls/client.js";
import { issue, serverChain } from "../tls/pki.js";

/** Bytes of slots and chunks at their peaks: the firmware connected and echoing, in the ESP32's JavaScript memory. */
export async function measureJavaScriptHeap(): Promise<number> {
	const { status, peaks } = await measureFirmware(8, () => {});
	if (status !== 0)
		throw new Error(`the firmware ended with status ${status} in the ESP32's memory: npm run heap shows why`);
	return peaks.slots + peaks.chunks;
}

export interface TlsHeap {
	/** Bytes asked of malloc at the peak of a handshake with client certificate. */
	peak: number;
	library: string;
}

/** The TLS engine's native heap in a handshake in TLS 1.2, all keys on P-256. */
export async function measureTlsHeap(): Promise<TlsHeap> {
	const { root, server } = await serverChain("P-256");
	const deviceRoot = await issue({ subject: "CN=Device Root", authority: true });
	const device = await issue({ subject: "CN=device", issuer: deviceRoot });
	const options = [
		"--root",
		root.certificateFile,
		"--name",
		"server.test",
		"--certificate",
		device.certificateFile,
		"--key",
		device.keyFile,
		"--receive",
		"1",
	];
	const mutual = {
		requestCert: true,
		rejectUnauthorized: true,
		ca: deviceRoot.cert,
		cert: server.cert,
		key: server.key,
		maxVersion: "TLSv1.2",
	} as const;
	const result = await withServer(
		mutual,
		socket => socket.end(Uint8Array.of(0)),
		port => runClient(port, options),
	);
	const peak = result.find("open")?.["heapPeak"];
	if (typeof peak !== "number") throw new Error(`the TLS client was not connected: ${JSON.stringify(result.events)}`);
	return { peak, library: `Mbed TLS ${mbedtls}` };
}
