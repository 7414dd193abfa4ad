// SPDX-License-Identifier: MIT
import { equal } from "../../../lib/bytes.js";
import { StatusWordError, sw } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import {
	allParameters,
	type Curve,
	curveById,
	curveByName,
	curveParameter,
	type NamedCurve,
} from "../../crypto/curves.js";
import { appletInstructions, appletTags, parameter1, parameter2, setIndicator } from "../codes.js";
import { type AppletCommand, byteString, noData, required, type SimulatedChip, uint8, unsigned } from "./command.js";
import { asEcPublicKey } from "./keys.js";

/** Weierstrass curves by `SE05x_ECCurve_t`, 01 to 11: which of them have parameters. */
const curveCount = 0x11;

/** Whether keys can be on a curve: all of its parameters are set. */
export const isCurveSet = (chip: SimulatedChip, curve: NamedCurve): boolean =>
	chip.variant.features.ec && chip.platform.curves.get(curveByName[curve].id) === allParameters;

const readCurveList: AppletCommand = {
	ins: appletInstructions.read,
	p1: parameter1.curve,
	p2: parameter2.list,
	run(chip) {
		const list = new Uint8Array(curveCount).fill(setIndicator.notSet);
		for (const { name, id } of Object.values(curveByName)) if (isCurveSet(chip, name)) list[id - 1] = setIndicator.set;
		return { data: byteString(chip, appletTags.tag1, list), microseconds: chip.latency.command };
	},
};

/** The curve of a key; 6985 for an object that is not on an elliptic curve. */
const getCurveId: AppletCommand = {
	ins: appletInstructions.read,
	p1: parameter1.curve,
	p2: parameter2.id,
	required: [appletTags.tag1],
	run(chip, { tlvs }) {
		const key = chip.objects.get(required(tlvs, appletTags.tag1));
		const { curve } = key.type === "ec-private-key" ? key : asEcPublicKey(key);
		return { data: uint8(curveByName[curve].id), microseconds: chip.latency.command };
	},
};

/** The curve that a command names; 6985 for one that this chip cannot have. */
function curveIn(chip: SimulatedChip, tlvs: Tlvs): Curve {
	const curve = curveById(unsigned(tlvs, appletTags.tag1, 1)!);
	if (!curve || !chip.variant.features.ec) throw new StatusWordError(sw.conditionsNotSatisfied);
	return curve;
}

function setParameters(chip: SimulatedChip, { id }: Curve, parameters: number): void {
	chip.platform.curves.set(id, parameters);
	chip.keep();
}

/** Makes a curve without parameters. One that is there: 6985 on 7.x; applet 3.1.1 says 9000 and forgets its parameters, as benched. */
const createCurve: AppletCommand = {
	ins: appletInstructions.write,
	p1: parameter1.curve,
	p2: parameter2.create,
	required: [appletTags.tag1],
	run(chip, { tlvs }) {
		const curve = curveIn(chip, tlvs);
		if (chip.platform.curves.has(curve.id) && chip.variant.version[0]! >= 7)
			throw new StatusWordError(sw.conditionsNotSatisfied);
		setParameters(chip, curve, 0);
		return { data: noData, microseconds: chip.latency.write };
	},
};

/** Sets one parameter; 6985 before the curve was made, 6A80 for another value than the curve's. */
const setCurveParameter: AppletCommand = {
	ins: appletInstructions.write,
	p1: parameter1.curve,
	p2: parameter2.parameter,
	required: [appletTags.tag1, appletTags.tag2, appletTags.tag3],
	run(chip, { tlvs }) {
		const curve = curveIn(chip, tlvs);
		const present = chip.platform.curves.get(curve.id);
		if (present === undefined) throw new StatusWordError(sw.conditionsNotSatisfied);
		const parameter = unsigned(tlvs, appletTags.tag2, 1)!;
		const value = curveParameter(curve, parameter);
		if (!value || !equal(value, required(tlvs, appletTags.tag3))) throw new StatusWordError(sw.wrongData);
		setParameters(chip, curve, present | parameter);
		return { data: noData, microseconds: chip.latency.write };
	},
};

export const curveCommands: readonly AppletCommand[] = [readCurveList, getCurveId, createCurve, setCurveParameter];
