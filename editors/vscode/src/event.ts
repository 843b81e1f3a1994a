import { basename } from "node:path";

import * as vscode from "vscode";

import { run } from "./run.js";
import { activeRules, savedRuleSet } from "./saved.js";
import { program } from "./settings.js";
import { words } from "./words.js";

const SCHEME = "flowrules-preview";

/** "What an event would send": `flowrules preview` on the saved rules, as a text beside. */
export class EventPreview implements vscode.Disposable, vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly texts = new Map<string, string>();
  private last = "intent=sales";
  private readonly disposables: vscode.Disposable[];

  constructor() {
    this.disposables = [
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument((document) => this.texts.delete(document.uri.toString())),
      vscode.commands.registerCommand("flowrules.previewEvent", () => this.ask()),
    ];
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  dispose(): void {
    this.disposables.forEach((one) => one.dispose());
  }

  private async ask(): Promise<void> {
    const editor = activeRules();
    if (editor === undefined) return;
    const found = program();
    if (typeof found === "string") {
      void vscode.window.showErrorMessage(found);
      return;
    }
    const typed = await vscode.window.showInputBox({
      title: "What would an event send?",
      prompt: "What happens, then what was known before (-f) and when (--at)",
      placeHolder: 'intent=sales said="call me" -f plan=gold --at 2026-03-02T11:00',
      value: this.last,
    });
    if (typed === undefined || typed.trim() === "") return;
    this.last = typed;
    const folder = await savedRuleSet(editor.document);
    if (folder === undefined) return;
    const ended = await run(found, ["preview", ".", ...words(typed)], folder);
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${basename(folder)}: ${typed.replaceAll("/", "∕")}.txt` });
    this.texts.set(uri.toString(), `${ended.errors}${ended.output}`);
    this.changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
  }
}
