// SPDX-License-Identifier: MIT
import I2C from "embedded:io/i2c";
// @ts-expect-error: the SDK has no types for its drivers.
import SHT3x from "embedded:sensor/Humidity-Temperature/SHT3x";

/** An SHT3x by the SDK's ECMA-419 driver. I2C port 0 is the SE050's, so the sensor has port 1 and other pins. */
export default function openThermometer() {
	return new SHT3x({ sensor: { io: I2C, port: 1, data: 25, clock: 26 } });
}
