// SPDX-License-Identifier: MIT
// How a command of this project ends when its surroundings do. Plain JavaScript, as run.mjs needs it first; process-end.d.mts has its types.

const parentPollMilliseconds = 250;

/** Ends this program as SIGTERM does: in its own way where it has one. */
function end(status) {
	if (!process.emit("SIGTERM", "SIGTERM")) process.exit(status);
}

export function endWithNpm() {
	if (process.env.npm_lifecycle_event === undefined) return;
	const parent = process.ppid;
	const timer = setInterval(() => {
		if (process.ppid === parent) return;
		clearInterval(timer);
		end(143);
	}, parentPollMilliseconds);
	timer.unref();
}

export function endWithReader() {
	let isClosed = false;
	const closed = error => {
		if (error.code !== "EPIPE") {
			process.stderr.write(`${systemErrorSentence(error) ?? error.message}\n`);
			process.exit(1);
		}
		if (isClosed) return;
		isClosed = true;
		process.on("exit", () => (process.exitCode = 0));
		end(0);
	};
	process.stdout.on("error", closed);
	process.stderr.on("error", closed);
}

const systemErrors = {
	EROFS: "the file system is read-only. Use a copy of the project that can be written",
	EACCES: "this user has no permission. Change the owner or the permissions, or choose another folder",
	EPERM: "this user has no permission. Change the owner or the permissions, or choose another folder",
	ENOSPC: "the disk is full. Free some space, then run the command again",
	EDQUOT: "the disk quota of this user is used up. Free some space, then run the command again",
	EMFILE: "this process has too many open files. Raise the limit: ulimit -n 4096",
	ENFILE: "the system has too many open files. End other programs, then run the command again",
};

export function systemErrorSentence(error) {
	const why = systemErrors[error?.code];
	if (why === undefined || error.syscall === undefined) return undefined;
	const what = error.path ?? error.dest;
	return `${what === undefined ? `${error.syscall} failed` : `${what} cannot be used`}: ${why} (${error.code}).`;
}
