import * as vscode from "vscode";

import { program } from "./settings.js";

const TYPE = "flowrules";
const COMMANDS = ["check", "test"] as const;

interface Definition extends vscode.TaskDefinition {
  readonly command: (typeof COMMANDS)[number];
  readonly path?: string;
}

/** The tasks `flowrules: check` and `flowrules: test` of each folder; what check finds is shown among the problems. */
export function registerTasks(): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(TYPE, {
    provideTasks: () =>
      (vscode.workspace.workspaceFolders ?? []).flatMap((folder) =>
        COMMANDS.flatMap((command) => task({ type: TYPE, command }, folder) ?? []),
      ),
    resolveTask: (asked) => task(asked.definition as Definition, asked.scope),
  });
}

function task(definition: Definition, scope: vscode.Task["scope"]): vscode.Task | undefined {
  const found = program();
  if (typeof found === "string" || scope === undefined || !COMMANDS.includes(definition.command)) return undefined;
  const options = definition.command === "check" ? ["--format", "concise"] : [];
  const args = [...found.args, definition.command, definition.path ?? ".", ...options];
  const made = new vscode.Task(
    definition,
    scope,
    definition.command,
    TYPE,
    new vscode.ProcessExecution(found.command, args, { env: { PYTHONUTF8: "1" } }),
    definition.command === "check" ? "$flowrules" : [],
  );
  made.group = definition.command === "check" ? vscode.TaskGroup.Build : vscode.TaskGroup.Test;
  return made;
}
