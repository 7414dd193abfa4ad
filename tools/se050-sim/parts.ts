// SPDX-License-Identifier: MIT
/** What tools take from the simulated chip beside the simulator itself: its names, its link protocol and its state file. */
export { commandName } from "./applet/applet.js";
export { objectId } from "./applet/codes.js";
export { errataNames } from "./bus/errata.js";
export {
	type Block,
	blockOverhead,
	type Defect,
	decodeBlock,
	describeBlock,
	type InformationBlock,
	nodeAddress,
	sCode,
} from "./data-link/block.js";
export { splitMessage } from "./link/link-protocol.js";
export { type ChipState, loadChip } from "./state/state.js";
