// SPDX-License-Identifier: MIT
/** What tools take from the simulated chip besides the simulator itself: ids, errata, its link's messages and its state file. */
export { objectIds } from "./applet/codes.js";
export { errataNames } from "./bus/errata.js";
export { splitMessage } from "./link/link-protocol.js";
export { type ChipState, loadChip } from "./state/state.js";
