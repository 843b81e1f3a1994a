import * as vscode from "vscode";
import type { Position } from "vscode-languageserver-protocol";

import { SHOW_PLACES } from "./commands.js";
import { EventPreview } from "./event.js";
import { Explore, EXPLORE_RULE } from "./explore.js";
import { showPlaces } from "./places.js";
import { Preview } from "./preview.js";
import { Server } from "./server.js";
import { registerTasks } from "./tasks.js";
import { RUN_TEST, Tests } from "./tests.js";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  // What a line above a rule or a test leads to is shown by the editor's own means.
  const running = new Server({
    executeCommand: (command, args, next) => {
      const [uri, what] = args as [string, string & Position];
      if (command === RUN_TEST) return tests.playNamed(vscode.Uri.parse(uri), what);
      if (command === EXPLORE_RULE) return explore.rule(uri, what);
      return next(command, args);
    },
  });
  server = running;
  const tests = new Tests(running);
  const explore = new Explore(running);
  context.subscriptions.push(
    running,
    tests,
    explore,
    new Preview(running),
    new EventPreview(),
    registerTasks(),
    vscode.commands.registerCommand(SHOW_PLACES, showPlaces),
    vscode.commands.registerCommand("flowrules.restart", () => running.restart()),
    vscode.commands.registerCommand("flowrules.showLog", () => running.log.show()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => running.start()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      const asks = ["path", "arguments", "journal", "storySeconds"].some((name) => event.affectsConfiguration(`flowrules.${name}`));
      if (asks) void running.restart();
    }),
  );
  await running.start();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
