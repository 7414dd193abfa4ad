import { CURVE, INS, P1, P2, SET_INDICATOR, TAG } from "../codes.js";
import { type Command, byteString, required, uint8 } from "./command.js";
import { ecPublicKey } from "./keys.js";

/** Weierstrass curves by `SE05x_ECCurve_t`, 01 to 11: which of them have parameters. */
const CURVE_COUNT = 0x11;

const readCurveList: Command = {
	name: "ReadECCurveList",
	ins: INS.read,
	p1: P1.curve,
	p2: P2.list,
	run(chip) {
		const list = new Uint8Array(CURVE_COUNT).fill(SET_INDICATOR.notSet);
		if (chip.variant.features.ec)
			list[CURVE.p256 - 1] = SET_INDICATOR.set;
		return { data: byteString(chip, TAG.tag1, list), microseconds: chip.latency.command };
	},
};

/** The curve of a key; 6985 for what is none of elliptic curves. */
const getCurveId: Command = {
	name: "GetECCurveId",
	ins: INS.read,
	p1: P1.curve,
	p2: P2.id,
	required: [TAG.tag1],
	run(chip, { tlvs }) {
		ecPublicKey(chip.objects.get(required(tlvs, TAG.tag1)));
		return { data: uint8(CURVE.p256), microseconds: chip.latency.command };
	},
};

export const CURVE_COMMANDS: readonly Command[] = [readCurveList, getCurveId];
