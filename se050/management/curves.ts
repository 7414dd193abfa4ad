// SPDX-License-Identifier: MIT
/** Elliptic curves that keys are generated on, by the names of FIPS 186-4. */
export const curves = {
	/** SE05x_ECCurve_t; the factory has set this curve's parameters. */
	"P-256": { id: 0x03 },
	"P-384": { id: 0x04 },
} as const;

export type CurveName = keyof typeof curves;

/** Parameters of P-384 (SEC 2, 2.5.1) in hexadecimal digits, with their numbers (SE05x_ECCurveParam_t), in the order that NXP's host sets them. */
const p384 = [
	[0x01, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFC"],
	[0x02, "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF"],
	[
		0x04,
		"04AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB73617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F",
	],
	[0x08, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973"],
	[0x10, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF"],
] as const;

/** What has to be set before a curve can be used: number and value of each parameter. */
export function parametersOf(curve: CurveName): readonly (readonly [parameter: number, digits: string])[] {
	return curve === "P-384" ? p384 : [];
}
