// SPDX-License-Identifier: MIT
// Completion of a command line in bash, zsh and fish. Plain JavaScript, as run.mjs needs it; the scripts ask it for the words.
import { spawnSync } from "node:child_process";

/** Options and subcommands at the beginnings of a help text's lines. */
function wordsOf(help) {
	const options = [...help.matchAll(/^ +(?:-\w, )?(--[a-z0-9-]+)/gm)].map(([, option]) => option);
	const [, list = ""] = /^Commands:\n((?: .*\n)+)/m.exec(help) ?? [];
	const subcommands = [...list.matchAll(/^ {2}([a-z][a-z0-9-]*)/gm)].map(([, name]) => name);
	return [...new Set([...subcommands, ...options])];
}

/**
 * What may stand next on a command line.
 * @param program this program's file
 * @param commands the commands of the project
 * @param given the words after the program's name, without the one that is completed
 */
export function candidates(program, commands, [command, next = "-"]) {
	if (command === undefined) return [...commands, "completion", "--help", "--version"];
	if (command === "completion") return Object.keys(scripts);
	if (!commands.includes(command)) return [];
	const subcommand = next.startsWith("-") ? [] : [next];
	const { stdout } = spawnSync(process.execPath, [program, command, ...subcommand, "--help"], { encoding: "utf8" });
	return wordsOf(stdout ?? "");
}

const bash = program => `command -v moddable-se050 >/dev/null || moddable-se050() { node "${program}" "$@"; }
_moddable_se050() {
	local words="$(node "${program}" completion words "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}" 2>/dev/null)"
	COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _moddable_se050 moddable-se050`;

/** The scripts, by the names of the shells. @param program this program's file */
export const scripts = {
	bash,
	zsh: program => `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash(program)}`,
	fish: program => `type -q moddable-se050; or function moddable-se050
	node "${program}" $argv
end
complete -c moddable-se050 -a '(node "${program}" completion words (commandline -opc)[2..-1] 2>/dev/null)'`,
};
