// SPDX-License-Identifier: MIT
/**
 * What "uvu" means inside XS: uvu itself, after the globals that it asks for are there.
 */
import "./harness-globals.js";

export { exec, suite, test } from "uvu/runner";
