// SPDX-License-Identifier: MIT
/** Stand-in of the SDK's `mc/config`: the manifests' `config`, overlaid with the command line's JSON. */
type Config = { [name: string]: unknown };

function isObject(value: unknown): value is Config {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function overlay(base: Config, over: Config): Config {
	const merged: Config = { ...base };
	for (const name of Object.keys(over)) {
		const former = merged[name],
			value = over[name];
		merged[name] = isObject(former) && isObject(value) ? overlay(former, value) : value;
	}
	return merged;
}

function parse(text: string, source: string): Config {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		throw new SyntaxError(`${source} is not JSON: ${(error as Error).message}`);
	}
	if (!isObject(value)) throw new TypeError(`${source} is not a JSON object`);
	return value;
}

function read(): Config {
	const manifest = parse(native("xs_config_manifest").call(undefined) as string, "The manifests' config");
	const commandLine = parse(
		native("xs_config_command_line").call(undefined) as string,
		"The configuration on the command line",
	);
	return overlay(manifest, commandLine);
}

const config: Config = Object.freeze(read());

export default config;
