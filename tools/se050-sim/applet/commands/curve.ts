// SPDX-License-Identifier: MIT
import { equal } from "../../../lib/bytes.js";
import { StatusError, sw } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import {
	allParameters,
	type Curve,
	type CurveName,
	curveById,
	curveByName,
	curveParameter,
} from "../../crypto/curves.js";
import { instructions, parameter1, parameter2, setIndicator, tags } from "../codes.js";
import { byteString, type Chip, type Command, noData, required, uint8, unsigned } from "./command.js";
import { asEcPublicKey } from "./keys.js";

/** Weierstrass curves by `SE05x_ECCurve_t`, 01 to 11: which of them have parameters. */
const curveCount = 0x11;

/** Whether keys can be on a curve: all of its parameters are set. */
export const isCurveSet = (chip: Chip, curve: CurveName): boolean =>
	chip.variant.features.ec && chip.platform.curves.get(curveByName[curve].id) === allParameters;

const readCurveList: Command = {
	name: "ReadECCurveList",
	ins: instructions.read,
	p1: parameter1.curve,
	p2: parameter2.list,
	run(chip) {
		const list = new Uint8Array(curveCount).fill(setIndicator.notSet);
		for (const { name, id } of Object.values(curveByName)) if (isCurveSet(chip, name)) list[id - 1] = setIndicator.set;
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
		const { curve } = asEcPublicKey(chip.objects.get(required(tlvs, tags.tag1)));
		return { data: uint8(curveByName[curve].id), microseconds: chip.latency.command };
	},
};

/** The curve that a command names; 6985 for one that this chip cannot have. */
function curveIn(chip: Chip, tlvs: Tlvs): Curve {
	const curve = curveById(unsigned(tlvs, tags.tag1, 1)!);
	if (!curve || !chip.variant.features.ec) throw new StatusError(sw.conditionsNotSatisfied);
	return curve;
}

function setParameters(chip: Chip, { id }: Curve, parameters: number): void {
	chip.platform.curves.set(id, parameters);
	chip.keep();
}

/** Makes a curve without parameters. One that is there: 6985 on 7.x; applet 3.1.1 says 9000 and forgets its parameters, as benched. */
const createCurve: Command = {
	name: "CreateECCurve",
	ins: instructions.write,
	p1: parameter1.curve,
	p2: parameter2.create,
	required: [tags.tag1],
	run(chip, { tlvs }) {
		const curve = curveIn(chip, tlvs);
		if (chip.platform.curves.has(curve.id) && chip.variant.version[0]! >= 7)
			throw new StatusError(sw.conditionsNotSatisfied);
		setParameters(chip, curve, 0);
		return { data: noData, microseconds: chip.latency.write };
	},
};

/** Sets one parameter; 6985 before the curve was made, 6A80 for another value than the curve's. */
const setCurveParameter: Command = {
	name: "SetECCurveParam",
	ins: instructions.write,
	p1: parameter1.curve,
	p2: parameter2.parameter,
	required: [tags.tag1, tags.tag2, tags.tag3],
	run(chip, { tlvs }) {
		const curve = curveIn(chip, tlvs);
		const present = chip.platform.curves.get(curve.id);
		if (present === undefined) throw new StatusError(sw.conditionsNotSatisfied);
		const parameter = unsigned(tlvs, tags.tag2, 1)!;
		const value = curveParameter(curve, parameter);
		if (!value || !equal(value, required(tlvs, tags.tag3))) throw new StatusError(sw.wrongData);
		setParameters(chip, curve, present | parameter);
		return { data: noData, microseconds: chip.latency.write };
	},
};

export const curveCommands: readonly Command[] = [readCurveList, getCurveId, createCurve, setCurveParameter];
