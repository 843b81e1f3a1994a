import * as vscode from "vscode";
import type { Position, Range } from "vscode-languageserver-protocol";

import { ADD_TEST, GO_TO } from "./commands.js";
import { activeRules } from "./saved.js";
import type { Server } from "./server.js";
import { type Answer, sentencePage, storyPage } from "./stories.js";

export const EXPLORE_RULE = "flowrules.exploreRule";

/** "Explore this rule": calls are played around a rule, and what goes wrong in them is shown beside. */
export class Explore implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly server: Server) {
    this.disposables = [
      vscode.commands.registerCommand("flowrules.exploreHere", () => this.here()),
      vscode.commands.registerCommand(GO_TO, goTo),
      vscode.commands.registerCommand(ADD_TEST, addTest),
    ];
  }

  /** The rule at a place in a file. */
  async rule(uri: string, position: Position): Promise<void> {
    const settings = vscode.workspace.getConfiguration("flowrules", vscode.Uri.parse(uri));
    const seconds = settings.get("exploreSeconds", 30);
    const progress = { location: vscode.ProgressLocation.Notification, title: "Playing calls around this rule", cancellable: true };
    const page = await vscode.window.withProgress(progress, async (_, token) => {
      try {
        return storyPage((await this.server.execute(EXPLORE_RULE, [uri, position, seconds], token)) as Answer);
      } catch (error) {
        return token.isCancellationRequested ? undefined : sentencePage(error instanceof Error ? error.message : String(error));
      }
    });
    if (page !== undefined) this.show(page);
  }

  dispose(): void {
    this.panel?.dispose();
    this.disposables.forEach((one) => one.dispose());
  }

  private async here(): Promise<void> {
    const editor = activeRules();
    if (editor !== undefined) await this.rule(editor.document.uri.toString(), editor.selection.active);
  }

  private show(page: string): void {
    this.panel ??= this.opened();
    this.panel.webview.html = page;
    this.panel.reveal(vscode.ViewColumn.Beside, true);
  }

  private opened(): vscode.WebviewPanel {
    const where = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel("flowrules.stories", "Stories of this rule", where, {
      enableCommandUris: [GO_TO, ADD_TEST],
    });
    panel.onDidDispose(() => (this.panel = undefined));
    return panel;
  }
}

async function goTo(uri: string, range: Range): Promise<void> {
  const { start, end } = range;
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), {
    viewColumn: vscode.ViewColumn.One,
    selection: new vscode.Range(start.line, start.character, end.line, end.character),
  });
}

/** Put a test at the end of a file, and show it there; it is not saved. */
async function addTest(uri: string, test: string): Promise<void> {
  const editor = await vscode.window.showTextDocument(vscode.Uri.parse(uri), { viewColumn: vscode.ViewColumn.One });
  const document = editor.document;
  const end = document.lineAt(document.lineCount - 1).range.end;
  const gap = end.character > 0 ? "\n\n" : "\n";
  await editor.edit((edit) => edit.insert(end, `${gap}${test.trimEnd()}\n`));
  const place = document.validatePosition(end.translate(gap.length));
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
