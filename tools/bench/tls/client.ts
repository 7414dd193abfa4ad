// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { basename } from "node:path";
import * as tls from "node:tls";
import { compile } from "../../lib/compile-c.js";

const folder = "modules/tls/native";
const wrapped = ["malloc", "calloc", "realloc", "free"].map(name => `-Wl,--wrap=${name}`);

/** Other builds of Mbed TLS than the system's: what replaces the system's libraries, and a name for the executable. */
const flags = process.env["MBEDTLS_FLAGS"]?.split(" ") ?? ["-l:libmbedtls.a", "-l:libmbedx509.a", "-l:libmbedcrypto.a"];
export const mbedtls = process.env["MBEDTLS_VERSION"] ?? "2.28";
export const hasTLS13 = !mbedtls.startsWith("2.");
/** Whether the library's private headers are there, which modules/tls/native/handshake.c needs for TLS 1.3. */
export const hasPSS = hasTLS13 && !mbedtls.endsWith("-public");

export const engineSources = [
	"engine",
	"setup",
	"chain",
	"errors",
	"fifo",
	"defragment",
	"failure",
	"schemes",
	"suites",
	"verify",
	"key",
	"handshake",
	"compat",
].map(name => `${folder}/${name}.c`);

interface Variant {
	/** Of modules/tls/native, in place of the source of that name. */
	replaced?: { [name: string]: string };
	sources?: string[];
	flags?: string[];
}

const unverified = ["pk_verify", "pk_verify_ext", "pk_verify_new", "pk_verify_restartable", "ct_memcmp"];

/** The engine as it is, and clients that lack a check, to prove that attacks attack. */
const variants = {
	engine: {},
	/** Takes any signature scheme. */
	unchecked: { replaced: { schemes: "tools/bench/tls/tls_unchecked.c" } },
	/** Takes any signature and any Finished. */
	gullible: {
		sources: ["tools/bench/tls/tls_gullible.c"],
		flags: unverified.map(name => `-Wl,--wrap=mbedtls_${name}`),
	},
	/** The engine with an output buffer that is said to have 2048 bytes. */
	small: { flags: ["-DMBEDTLS_SSL_OUT_CONTENT_LEN=2048"] },
} as const satisfies { [name: string]: Variant };

export type EngineClient = keyof typeof variants;

const programs = new Map<EngineClient, Promise<string>>();

function build(client: EngineClient): Promise<string> {
	const built = programs.get(client);
	if (built) return built;
	const { replaced = {}, sources = [], flags: more = [] }: Variant = variants[client];
	const program = compile({
		name: `tls_${client}-${mbedtls}`,
		sources: [
			...["client", "heap", "signer"].map(name => `tools/bench/tls/tls_${name}.c`),
			...engineSources.map(source => replaced[basename(source, ".c")] ?? source),
			...sources,
		],
		includes: [folder, "tools/bench/tls"],
		flags: [...more, ...wrapped, ...flags],
	});
	programs.set(client, program);
	return program;
}

export interface Event {
	event: string;
	[field: string]: unknown;
}

export interface EngineResult {
	events: Event[];
	/** From its start to its end. */
	milliseconds: number;
	/** The first event of a name. */
	find(name: string): Event | undefined;
	/** The failure's fields; throws if there was none. */
	failure(): { step: string; reason: string; message: string; code: number };
}

/** Runs the C client to its end and returns what it printed; throws if it crashed or a sanitizer reported an error. */
export async function runClient(
	port: number,
	options: string[],
	client: EngineClient = "engine",
): Promise<EngineResult> {
	const program = await build(client);
	const start = performance.now();
	const child = spawn(program, ["--port", String(port), ...options], { stdio: ["ignore", "pipe", "pipe"] });
	let stdout = "",
		stderr = "";
	child.stdout.on("data", data => {
		stdout += data;
	});
	child.stderr.on("data", data => {
		stderr += data;
	});
	const [status] = (await once(child, "close")) as [number | null];
	const milliseconds = performance.now() - start;
	if (stderr !== "") throw new Error(`tls_client ${options.join(" ")}: status ${status}\n${stdout}${stderr}`);
	const events = stdout
		.trim()
		.split("\n")
		.map(line => JSON.parse(line) as Event);
	const find = (name: string) => events.find(event => event.event === name);
	return {
		events,
		milliseconds,
		find,
		failure() {
			const failure = find("failure");
			if (!failure) throw new Error(`no failure in ${stdout}`);
			return failure as unknown as ReturnType<EngineResult["failure"]>;
		},
	};
}

async function listen(server: Server): Promise<number> {
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return (server.address() as { port: number }).port;
}

export interface Seen {
	/** Of each connection that was secured: whether the client's certificate was accepted, and its serial number. */
	secured: { authorized: boolean; serial: string | undefined; servername: string | false | null }[];
	/** The servers' errors: OpenSSL's code, which names the alert that came. */
	errors: string[];
}

/** Runs `use` against a TLS server of Node's; `serve` gets each secured connection. */
export async function withServer<T>(
	options: tls.TlsOptions,
	serve: (socket: tls.TLSSocket) => void,
	use: (port: number, seen: Seen) => Promise<T>,
): Promise<T> {
	const seen: Seen = { secured: [], errors: [] };
	const sockets = new Set<Socket>();
	const note = (error: Error & { code?: string }) => seen.errors.push(error.code ?? error.message);
	const server = tls.createServer(options, socket => {
		socket.on("error", note);
		seen.secured.push({
			authorized: socket.authorized,
			serial: socket.getPeerCertificate().serialNumber,
			servername: socket.servername,
		});
		serve(socket);
	});
	server.on("connection", socket => sockets.add(socket));
	server.on("tlsClientError", note);
	const port = await listen(server);
	try {
		return await use(port, seen);
	} finally {
		for (const socket of sockets) socket.destroy();
		server.close();
	}
}

/** Runs `use` against `openssl s_server` with the given options; `use` gets the port and what the server has printed. */
export async function withOpenSSL<T>(
	options: string[],
	use: (port: number, output: () => string) => Promise<T>,
): Promise<T> {
	const child = spawn("openssl", ["s_server", "-accept", "127.0.0.1:0", ...options], {
		stdio: ["pipe", "pipe", "pipe"],
	});
	const closed = once(child, "close");
	let output = "";
	child.stderr.on("data", data => {
		output += data;
	});
	const port = await new Promise<number>((resolve, reject) => {
		child.stdout.on("data", data => {
			output += data;
			const match = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(output);
			if (match) resolve(Number(match[1]));
		});
		child.on("exit", () => reject(new Error(`openssl s_server ${options.join(" ")}\n${output}`)));
	});
	try {
		return await use(port, () => output);
	} finally {
		child.kill();
		await closed;
	}
}

/** Runs `use` against a plain TCP server. */
export async function withTCP<T>(serve: (socket: Socket) => void, use: (port: number) => Promise<T>): Promise<T> {
	const sockets = new Set<Socket>();
	const server = createServer(socket => {
		sockets.add(socket);
		socket.on("error", () => undefined);
		serve(socket);
	});
	const port = await listen(server);
	try {
		return await use(port);
	} finally {
		for (const socket of sockets) socket.destroy();
		server.close();
	}
}

/** The bytes that the C client sends and expects. */
export function pattern(length: number): Buffer {
	const bytes = Buffer.alloc(length);
	for (let i = 0; i < length; i++) bytes[i] = i * 7 + Math.floor(i / 251);
	return bytes;
}
