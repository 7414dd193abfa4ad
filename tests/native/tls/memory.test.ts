// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasTLS13, runClient, withServer } from "../../../tools/bench/tls/client.js";
import { issue, serverChain } from "../../../tools/bench/tls/pki.js";

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
const mutual = { requestCert: true, rejectUnauthorized: true, ca: deviceRoot.cert, cert: server.cert, key: server.key };

for (const version of hasTLS13 ? (["TLSv1.2", "TLSv1.3"] as const) : (["TLSv1.2"] as const))
	test(`${version}: an allocation that fails, wherever it is, ends in an error and leaks nothing`, () =>
		withServer(
			{ ...mutual, minVersion: version, maxVersion: version },
			socket => socket.end(),
			async port => {
				const allocations = Number((await runClient(port, options)).find("heap")?.["allocations"]);
				const reasons = new Map<string, number>();
				const runs = 60;
				for (let i = 0; i < runs; i++) {
					const at = i < 20 ? i + 1 : Math.floor((allocations * i) / runs);
					const result = await runClient(port, [...options, "--fail-at", String(at)]);
					const failed = result.find("failure");
					const reason = failed ? String(failed["reason"]) : "none";
					reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
					assert.ok(
						Number(result.find("heap")?.["left"]) < 2_500,
						`allocation ${at}: ${result.find("heap")?.["left"]} bytes left`,
					);
				}
				// Mbed TLS itself turns some of them into a signature that does not verify.
				assert.ok(reasons.has("memory") && (reasons.get("none") ?? 0) <= 3, JSON.stringify([...reasons]));
			},
		));

test.run();
