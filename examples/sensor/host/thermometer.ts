// SPDX-License-Identifier: MIT
/** In the place of an SHT3x: what the SDK's driver returns, with a temperature that goes up and down in ten minutes. */
export default function openThermometer() {
	return {
		sample() {
			const temperature = 21.5 + 3 * Math.sin((Date.now() * Math.PI) / 300_000);
			return { thermometer: { temperature }, hygrometer: { humidity: 45 } };
		},
	};
}
