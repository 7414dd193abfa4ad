// SPDX-License-Identifier: MIT
/** se050/, modules/tls/ and modules/iot/ in somebody else's Moddable project, in a folder of its own, by their manifests. */
import { X509Certificate } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Built, build } from "../../../tools/build/build.js";
import { Operator } from "../../../tools/device/operator.js";
import { endpointSettings, SimulatedDevice } from "../../../tools/device/simulated-device.js";
import { startIotCore } from "../../../tools/iot-core/core.js";
import { root } from "../../../tools/lib/root.js";
import { withCleanUp } from "../app/picture.js";
import { stateFolder } from "../iot-core/state-folder.js";

/** What takes longer hangs, on any machine; in milliseconds. */
const hang = 240_000;

/** The lines of a program, in the order in which they are asked for. */
class Lines {
	readonly #all: string[] = [];
	#wake: () => void = () => undefined;
	#read = 0;

	take(line: string): void {
		this.#all.push(line);
		this.#wake();
	}

	count(pattern: RegExp): number {
		return this.#all.filter(line => pattern.test(line)).length;
	}

	/** The next line that matches; those before it are passed over. */
	async next(pattern: RegExp): Promise<string> {
		const end = Date.now() + hang;
		while (Date.now() < end) {
			const line = this.#all[this.#read];
			if (line === undefined) await this.#wait(end - Date.now());
			else {
				this.#read += 1;
				if (pattern.test(line)) return line;
			}
		}
		throw new Error(`no line ${pattern}:\n${this.#all.join("\n")}`);
	}

	#wait(milliseconds: number): Promise<void> {
		return new Promise(resolve => {
			const timer = setTimeout(resolve, milliseconds);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}
}

/** Builds a project, and removes what was made when the test ends. */
async function builtFor(manifest: string, onEnd: (close: () => unknown) => void): Promise<Built> {
	const built = await build({ manifest });
	onEnd(() => rmSync(dirname(built.modules), { recursive: true }));
	return built;
}

/** A copy of the example outside of the checkout, with the paths that a person changes in it. */
function copyOfExample(folder: string): string {
	const project = join(folder, "sensor");
	cpSync(join(root, "examples", "sensor"), project, { recursive: true });
	const manifest = join(project, "manifest.json");
	writeFileSync(manifest, readFileSync(manifest, "utf8").replaceAll('"../../', `"${root}/`));
	return manifest;
}

test("the example publishes its value, and takes commands from the cloud", () =>
	withCleanUp(async (folder, onEnd) => {
		const built = await builtFor(copyOfExample(folder), onEnd);
		const core = await startIotCore({
			stateDir: await stateFolder(join(folder, "iot-core")),
			devicePort: 0,
			controlPort: 0,
		});
		onEnd(() => core.close());
		const device = await SimulatedDevice.make({ folder });
		onEnd(() => device.stop());
		const operator = new Operator(core.controlUrl, core.region);
		onEnd(() => operator.close());
		await operator.createPolicy();
		await operator.register(device.certificate);
		const lines = new Lines();
		device.onLine = line => lines.take(line);
		device.switchOn({ built, settings: endpointSettings(core) });

		const clientId = Buffer.from(device.uid, "hex").toString("base64url");
		const value = new RegExp(`^receive .*"sensors/${clientId}/temperature".*celsius\\\\":\\d+(\\.\\d)?}`);
		await lines.next(value);
		const command = async (payload: string | Buffer) => {
			await core.publish(`sensors/${clientId}/command`, payload, 1);
			await lines.next(/^receive .*\/command"/);
		};
		await command('{"interval": 86400000}');
		await lines.next(value);
		for (const wrong of ["", "fast", "null", '{"interval": "1"}', '{"interval": 99}', Buffer.of(0xff)])
			await command(wrong);
		await command('{"interval": 100}');
		for (let count = 0; count < 4; count++) await lines.next(value);
		assert.is(lines.count(/^accepted /), 1);
		assert.is(lines.count(/^sensor /), 0);
		assert.is(lines.count(/^full /), 0);
		await core.close();
		await lines.next(/^full .*values are dropped/);
		for (let count = 0; count < 2; count++) await lines.next(/^retry /);
		assert.is(lines.count(/^full /), 1);
	}));

interface Alone {
	manifests: string[];
	main: string;
	/** Its one line. */
	prints: (device: SimulatedDevice) => string;
}

const programs: Record<string, Alone> = {
	"se050/": {
		manifests: ["se050"],
		main: `import config from "mc/config";
import Link from "se050/link";
import { SE050 } from "se050/se050";
const chip = new SE050(new Link({ bus: config.bus }));
chip.select();
const digest = new Uint8Array(32).fill(7);
const signature = chip.key().sign("SHA-256", digest);
trace(\`\${chip.certificate().length} \${signature[0]}\\n\`);`,
		prints: device => `${new X509Certificate(device.certificate).raw.length} 48`,
	},
	"modules/tls/": {
		manifests: ["modules/tls", "certs"],
		main: `import Resource from "Resource";
import Engine from "tls/engine";
const trustedRoots = [new Resource("AmazonRootCA3.der") as unknown as ArrayBuffer];
const engine = new Engine({ serverName: "example.com", trustedRoots });
engine.step();
trace(\`\${engine.pending > 100}\\n\`);`,
		prints: () => "true",
	},
	"modules/iot/": {
		manifests: ["modules/iot"],
		main: `import { Backoff } from "iot/backoff";
trace(\`\${new Backoff({ base: 1_000, cap: 128_000, random: () => 0.5 }).next()}\\n\`);`,
		prints: () => "500",
	},
};

for (const [name, { manifests, main, prints }] of Object.entries(programs))
	test(`${name} needs nothing but its own manifest`, () =>
		withCleanUp(async (folder, onEnd) => {
			const project = join(folder, "alone");
			mkdirSync(project);
			writeFileSync(join(project, "main.ts"), main);
			const include = manifests.map(path => join(root, path, "manifest.json"));
			const manifest = join(project, "manifest.json");
			writeFileSync(manifest, JSON.stringify({ include, modules: { "*": "./main" } }));
			const built = await builtFor(manifest, onEnd);
			const device = await SimulatedDevice.make({ folder });
			onEnd(() => device.stop());
			const lines = new Lines();
			device.onLine = line => lines.take(line);
			const { ended } = device.switchOn({ built, settings: {} });
			assert.is(await lines.next(/./), prints(device));
			assert.is((await ended).status, 0);
		}));

test("what is not a Moddable project is said in a sentence", () =>
	withCleanUp(async folder => {
		const message = (manifest: string) =>
			build({ manifest }).then(
				() => "it was built",
				(error: Error) => error.message,
			);
		assert.match(await message(join(folder, "manifest.json")), /^There is no manifest .*: name the manifest\.json/);
		writeFileSync(join(folder, "manifest.json"), '{ "modules": {} }');
		assert.match(await message(join(folder, "manifest.json")), /has no module "main", where a program begins/);
		writeFileSync(join(folder, "manifest.json"), '{ "include": { "git": "https://example.com/x.git" } }');
		assert.match(await message(join(folder, "manifest.json")), /only mcconfig can fetch: include it by its path/);
	}));

test.run();
