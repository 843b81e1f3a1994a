// Where the program flowrules is, and what to say where it is not. Nothing here needs VS Code.

import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

/** A program and what stands before its command: `python` and `["-m", "flowrules"]`. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** What the settings `flowrules.path` and `flowrules.arguments` say; an empty path leaves the choice to `findProgram`. */
export interface Wanted {
  readonly path: string;
  readonly args: readonly string[];
}

export const INSTALL = "pip install 'flowrules[lsp]'";

/**
 * The program to run: the one that the settings name, or else that of a virtual environment in one of the folders, or
 * else the first on the PATH. A sentence where there is none.
 */
export function findProgram(
  wanted: Wanted,
  folders: readonly string[],
  path: string = process.env.PATH ?? "",
  windows: boolean = process.platform === "win32",
): Program | string {
  const args = wanted.args;
  if (wanted.path !== "") {
    const command = expanded(wanted.path, folders[0]);
    const found = isAbsolute(command) ? runnable(command) : onPath(command, path, windows);
    return found === undefined
      ? `The setting flowrules.path names ${command}, and no program is there.`
      : { command: found, args };
  }
  const inFolder = folders
    .flatMap((folder) => [".venv", "venv"].map((name) => join(folder, name)))
    .map((place) => (windows ? join(place, "Scripts", "flowrules.exe") : join(place, "bin", "flowrules")))
    .map(runnable);
  const found = inFolder.find((one) => one !== undefined) ?? onPath("flowrules", path, windows);
  return found === undefined
    ? `The program flowrules is not installed here, or not where this editor looks: ${INSTALL}, or name its place in the setting flowrules.path.`
    : { command: found, args };
}

/** Why a server that ended at once did so, from what it wrote to its standard error. */
export function whyItEnded(errors: string, code: number | null): string {
  const said = errors
    .split("\n")
    .map((line) => line.replace(/[│╭╮╰╯─]/g, "").trim())
    .filter((line) => line !== "");
  const last = said.at(-1);
  if (last?.includes("needs an extra")) return `${last.replace(/[.\s]*$/, "")}.`;
  if (said.some((line) => line.includes("No such command"))) {
    return `This flowrules is too old to serve an editor. Install a newer one: ${INSTALL}`;
  }
  return `The program flowrules ended with ${code ?? "a signal"} instead of serving this editor${last === undefined ? "." : `: ${last}`}`;
}

function expanded(path: string, folder: string | undefined): string {
  const home = path.replace(/^~(?=$|[/\\])/, homedir());
  return folder === undefined ? home : home.replaceAll("${workspaceFolder}", folder);
}

function onPath(name: string, path: string, windows: boolean): string | undefined {
  const names = windows && !/\.(exe|cmd|bat)$/i.test(name) ? [`${name}.exe`] : [name];
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => names.map((one) => join(folder, one)))
    .map(runnable)
    .find((one) => one !== undefined);
}

function runnable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}
