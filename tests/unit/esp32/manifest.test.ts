// SPDX-License-Identifier: MIT
/** The manifests as mcconfig reads them for each chip: pins, sources, and the options of ESP-IDF. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ChipName, chipNames, platformOf } from "../../../tools/board/image.js";
import { type Manifest, readManifests } from "../../../tools/build/manifest.js";
import { root } from "../../../tools/lib/root.js";

/** GPIOs of a chip (ESP-IDF v6.0: soc_caps.h, uart_pins.h, spi_pins.h; data sheets, "Strapping Pins", USB Serial/JTAG). */
interface Gpios {
	isOutput(pin: number): boolean;
	/** Flash, strapping, UART 0 and USB. */
	taken: readonly number[];
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

const gpios: Readonly<Record<ChipName, Gpios>> = {
	esp32: {
		isOutput: pin => pin <= 33 && ![24, ...range(28, 31)].includes(pin),
		taken: [0, 2, 5, 12, 15, 1, 3, ...range(6, 11)],
	},
	esp32s3: {
		isOutput: pin => pin <= 48 && !range(22, 25).includes(pin),
		taken: [0, 3, 45, 46, 43, 44, 19, 20, ...range(26, 37)],
	},
	esp32c3: { isOutput: pin => pin <= 21, taken: [2, 8, 9, 20, 21, 18, 19, ...range(11, 17)] },
	esp32c6: { isOutput: pin => pin <= 30, taken: [4, 5, 8, 9, 15, 16, 17, 12, 13, ...range(24, 30)] },
};

const read = (platform: string, path = "manifest.json"): Manifest => readManifests([join(root, path)], platform);

/** SDA and SCL of a manifest's `bus`. */
function pinsOf({ config: { bus } }: Manifest): [number, number] {
	const [, sda, scl] = /^i2c:sda=(\d+),scl=(\d+)$/.exec(String(bus)) ?? assert.unreachable(`bus: ${bus}`) ?? [];
	return [Number(sda), Number(scl)];
}

/** The chip's own USB has a target of its own; the ESP32 has none. */
const targets = chipNames.flatMap(chip => [
	{ chip, platform: platformOf(chip) },
	...(chip === "esp32" ? [] : [{ chip, platform: `${platformOf(chip)}_cdc` }]),
]);

for (const { chip, platform } of targets)
	test(`${platform}: the bus is on two pins that are outputs and free`, () => {
		const pins = pinsOf(read(platform));
		assert.is.not(pins[0], pins[1]);
		for (const pin of pins) {
			assert.ok(gpios[chip].isOutput(pin), `GPIO ${pin} is not an output of the ${chip}`);
			assert.not(gpios[chip].taken.includes(pin), `GPIO ${pin} of the ${chip} has another use`);
		}
	});

test("what the SDK's target has for an LED and a button is left out", () => {
	const { platforms } = JSON.parse(readFileSync(join(root, "esp32/manifest.json"), "utf8"));
	for (const { chip, platform } of targets.filter(({ chip }) => chip !== "esp32")) {
		const { include, modules } = platforms[platform];
		assert.is(include, "./devkit/manifest.json", `${chip}, ${platform}`);
		assert.equal(modules, { "~": `$(BUILD)/devices/esp32/targets/${platform.replace("esp32/", "")}/setup-target` });
	}
});

test("each project with the parts is compiled for the C6 where the chip is one", () => {
	for (const path of [
		"manifest.json",
		"examples/sensor/manifest.json",
		"se050/manifest.json",
		"modules/tls/manifest.json",
	])
		assert.is(
			read("esp32/esp32c6", path).flags.split("$(filter esp32c6,$(ESP32_SUBCLASS)),-march=rv32imac").length,
			2,
			path,
		);
});

test("another board of the SDK has the pins that the SDK has for it", () => {
	for (const platform of ["esp32/xiao_esp32c3", "esp32/m5atom_s3", "esp32/nodemcu"])
		assert.is(read(platform).config.bus, "i2c", platform);
});

test("each chip is built from the same modules, and each preload names one", () => {
	const names = (manifest: Manifest) => [
		...[...manifest.modules].map(([name, path]) => `${name}: ${relative(root, path)}`),
		...manifest.sources.map(path => relative(root, path)),
	];
	const first = read("esp32");
	assert.ok(names(first).includes("main: main.ts"));
	assert.ok(names(first).includes("se050/native/esp32/bus_idf.c"));
	assert.ok(names(first).includes("esp32/platform/native/board_options.c"));
	for (const { platform } of targets) {
		const manifest = read(platform);
		assert.equal(names(manifest), names(first), platform);
		assert.equal(manifest.preload, first.preload);
		assert.equal(manifest.creation, first.creation);
	}
	const preloaded = new Set(first.preload);
	assert.equal(
		[...first.modules.keys()].filter(name => !preloaded.has(name)),
		[],
	);
});

test("each chip can have the simulated chip on a serial line", () => {
	for (const { platform } of targets)
		assert.ok(
			read(platform, "esp32/uart.json").sources.some(path => path.endsWith("/bus_uart.c")),
			platform,
		);
});

test("docs/hardware.md has the pins and the platform of each chip", () => {
	const page = readFileSync(join(root, "docs/hardware.md"), "utf8");
	const row = (name: string) =>
		(page.split("\n").find(line => line.startsWith(`| ${name} |`)) ?? "").split("|").map(cell => cell.trim());
	const columns = row("SE050");
	for (const chip of chipNames) {
		const column = columns.indexOf(chip.toUpperCase().replace(/^(ESP32)(.+)$/, "$1-$2"));
		const pins = [row("SDA")[column], row("SCL")[column]];
		assert.equal(
			pins,
			pinsOf(read(platformOf(chip))).map(pin => `GPIO ${pin}`),
			chip,
		);
		assert.ok(page.includes(`-p ${platformOf(chip)}\``) || page.includes(`-p ${platformOf(chip)} `), chip);
	}
});

/** The options in esp32/sdkconfig, release and debug. ESP-IDF drops one that it does not know, with a warning in a long log. */
const options = ["sdkconfig.defaults", "sdkconfig.defaults.release"].flatMap(file =>
	readFileSync(join(root, "esp32/sdkconfig", file), "utf8")
		.split("\n")
		.filter(line => line.startsWith("CONFIG_")),
);

test("each option of ESP-IDF is one that v6.0 knows for each chip, as the test below found with ESP-IDF", () => {
	const known = readFileSync(join(root, "tests/unit/esp32/known-options.txt"), "utf8").trimEnd().split("\n");
	assert.equal([...new Set(options.map(line => line.split("=")[0]))].sort(), known);
});

/** What ESP-IDF's kconfgen makes of our options for a chip: the sdkconfig of a build. */
function sdkconfigOf(chip: ChipName, idf: string, folder: string): string[] {
	const sources = (name: string) => {
		const found = readdirSync(join(idf, "components")).map(component => join(idf, "components", component, name));
		const path = join(folder, `${name}.in`);
		writeFileSync(
			path,
			found
				.filter(existsSync)
				.map(file => `source "${file}"\n`)
				.join(""),
		);
		return path;
	};
	const [defaults, output] = [join(folder, "defaults"), join(folder, chip)];
	writeFileSync(defaults, `${options.join("\n")}\n`);
	const files = ["--kconfig", join(idf, "Kconfig"), "--sdkconfig-rename", join(idf, "sdkconfig.rename")];
	const args = ["-m", "kconfgen", ...files, "--defaults", defaults, "--output", "config", output];
	const env = {
		...process.env,
		IDF_TARGET: chip,
		IDF_PATH: idf,
		IDF_VERSION: "6.0.0",
		IDF_INIT_VERSION: "6.0.0",
		IDF_TOOLCHAIN: "gcc",
		IDF_ENV_FPGA: "",
		IDF_MINIMAL_BUILD: "n",
		COMPONENT_KCONFIGS_SOURCE_FILE: sources("Kconfig"),
		COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE: sources("Kconfig.projbuild"),
	};
	const { status, stdout, stderr } = spawnSync("python", args, { encoding: "utf8", env });
	assert.is(status, 0, `${stdout}${stderr}`);
	return readFileSync(output, "utf8").split("\n");
}

const idf = process.env.IDF_PATH;
(idf ? test : test.skip)("ESP-IDF gives each option its value for each chip (needs ESP-IDF's export.sh)", () => {
	const folder = mkdtempSync(join(tmpdir(), "sdkconfig-"));
	try {
		for (const chip of chipNames) {
			const lines = sdkconfigOf(chip, idf ?? "", folder);
			const isThere = (option: string) =>
				lines.includes(option.endsWith("=n") ? `# ${option.slice(0, -2)} is not set` : option);
			assert.equal(
				options.filter(option => !isThere(option)),
				[],
				chip,
			);
		}
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test.run();
