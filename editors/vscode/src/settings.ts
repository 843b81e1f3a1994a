import * as vscode from "vscode";

import { SHOW_PLACES } from "./commands.js";
import { findProgram, type Program } from "./program.js";

/** The program that this window runs, or a sentence why there is none. */
export function program(): Program | string {
  const settings = vscode.workspace.getConfiguration("flowrules");
  const wanted = { path: settings.get<string>("path", "").trim(), args: settings.get<string[]>("arguments", []) };
  return findProgram(wanted, folders());
}

/** The folders that are open, as paths of this machine. */
export function folders(): string[] {
  return (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === "file")
    .map((folder) => folder.uri.fsPath);
}

/** What the server is set to (`docs/editors.md`). */
export function options(): { commands: string[]; journal?: string; storySeconds: number } {
  const settings = vscode.workspace.getConfiguration("flowrules");
  const journal = settings.get<string>("journal", "").trim();
  const storySeconds = settings.get<number>("storySeconds", 10);
  return { commands: [SHOW_PLACES], storySeconds, ...(journal === "" ? {} : { journal }) };
}
