// SPDX-License-Identifier: MIT
import { curves, instructions, parameter1, parameter2, setIndicator, tags } from "../codes.js";
import { byteString, type Command, required, uint8 } from "./command.js";
import { ecPublicKey } from "./keys.js";

/** Weierstrass curves by `SE05x_ECCurve_t`, 01 to 11: which of them have parameters. */
const curveCount = 0x11;

const readCurveList: Command = {
	name: "ReadECCurveList",
	ins: instructions.read,
	p1: parameter1.curve,
	p2: parameter2.list,
	run(chip) {
		const list = new Uint8Array(curveCount).fill(setIndicator.notSet);
		if (chip.variant.features.ec) list[curves.p256 - 1] = setIndicator.set;
		return { data: byteString(chip, tags.tag1, list), microseconds: chip.latency.command };
	},
};

/** The curve of a key; 6985 for what is none of elliptic curves. */
const getCurveId: Command = {
	name: "GetECCurveId",
	ins: instructions.read,
	p1: parameter1.curve,
	p2: parameter2.id,
	required: [tags.tag1],
	run(chip, { tlvs }) {
		ecPublicKey(chip.objects.get(required(tlvs, tags.tag1)));
		return { data: uint8(curves.p256), microseconds: chip.latency.command };
	},
};

export const curveCommands: readonly Command[] = [readCurveList, getCurveId];
