// SPDX-License-Identifier: MIT
import { createDecipheriv } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { plainAlert, sealedAlert } from "../../../tools/iot-core/endpoint/alert.js";

// RFC 8448, section 3, "Simple 1-RTT Handshake": server_application_traffic_secret_0 and what is derived from it.
const secret = Buffer.from("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643", "hex");
const key = Buffer.from("9f02283b6c9c07efc26bb9f2ac92e356", "hex");
const iv = Buffer.from("cf782b88dd83549aadf1e984", "hex");

test("an alert before ChangeCipherSpec is a plain record", () => {
	assert.is(plainAlert("certificate_unknown").toString("hex"), "1503030002" + "022e");
});

test("an alert under TLS 1.3's application keys is the first record under RFC 8448's derived key", () => {
	const record = sealedAlert("certificate_unknown", "TLS_AES_128_GCM_SHA256", secret);
	assert.is(record.subarray(0, 5).toString("hex"), "1703030013");
	const decipher = createDecipheriv("aes-128-gcm", key, iv);
	decipher.setAAD(record.subarray(0, 5));
	decipher.setAuthTag(record.subarray(-16));
	const inner = Buffer.concat([decipher.update(record.subarray(5, -16)), decipher.final()]);
	assert.is(inner.toString("hex"), "022e" + "15");
});

test.run();
