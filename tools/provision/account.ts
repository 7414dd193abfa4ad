// SPDX-License-Identifier: MIT
/** The account's side of provisioning, for tools that register devices in the same way. */
export { systemClock } from "./account/clock.js";
export { IotApi } from "./account/iot-api.js";
export { arnPrefix, defaultPolicyChoice, FleetPolicies, type PolicyChoice } from "./account/policy.js";
export { accessAccount } from "./commands/options.js";
