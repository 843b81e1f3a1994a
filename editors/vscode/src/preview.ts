import { randomUUID } from "node:crypto";

import * as vscode from "vscode";

import { SUFFIX } from "./folder.js";
import { shell } from "./shell.js";
import type { Server } from "./server.js";

export const PREVIEW = "flowrules.preview";
const PAUSE = 300;

/** What the rules in front do, in plain sentences, beside them. It follows the edits, and the cursor from rule to rule. */
export class Preview implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private shown: vscode.Uri | undefined;
  private timer: NodeJS.Timeout | undefined;
  private asked = 0;
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly server: Server) {
    this.disposables = [
      vscode.commands.registerCommand("flowrules.openPreview", () => this.open()),
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document.uri.path.endsWith(SUFFIX)) this.later();
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (editor?.document.languageId === "flowrules") this.turn(editor.document.uri);
      }),
      vscode.window.onDidChangeTextEditorSelection((event) => this.follow(event.textEditor)),
      server.onReady(() => this.later()),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.panel?.dispose();
    this.disposables.forEach((one) => one.dispose());
  }

  private open(): void {
    const editor = vscode.window.activeTextEditor;
    this.panel ??= this.opened();
    this.panel.reveal(undefined, true);
    if (editor !== undefined) this.turn(editor.document.uri);
  }

  private opened(): vscode.WebviewPanel {
    const where = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel("flowrules.preview", "What these rules do", where, {
      enableScripts: true,
      localResourceRoots: [],
    });
    panel.webview.html = shell(randomUUID());
    panel.webview.onDidReceiveMessage(() => this.later(0));
    panel.onDidDispose(() => (this.panel = undefined));
    return panel;
  }

  private turn(uri: vscode.Uri): void {
    if (this.shown?.toString() === uri.toString()) return;
    this.shown = uri;
    this.later(0);
  }

  private later(pause = PAUSE): void {
    if (this.panel === undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.update(), pause);
  }

  private async update(): Promise<void> {
    const { panel, shown } = this;
    if (panel === undefined || shown === undefined || this.server.running === undefined) return;
    const asked = ++this.asked;
    let message: { page: string } | { refused: string };
    try {
      const answer = (await this.server.execute(PREVIEW, [shown.toString()])) as { html: string } | { refused: string };
      message = "html" in answer ? { page: answer.html } : answer;
    } catch (error) {
      message = { refused: error instanceof Error ? error.message : String(error) };
    }
    if (asked !== this.asked || panel !== this.panel) return;
    await panel.webview.postMessage(message);
    const editor = vscode.window.visibleTextEditors.find((one) => one.document.uri.toString() === shown.toString());
    if (editor !== undefined) this.follow(editor);
  }

  /** The page shows the rule in which the cursor stands, where that has a name. */
  private follow(editor: vscode.TextEditor): void {
    if (this.panel === undefined || editor.document.uri.toString() !== this.shown?.toString()) return;
    for (let line = editor.selection.active.line; line >= 0; line--) {
      const text = editor.document.lineAt(line).text;
      const named = /^\s*rule\s+["“”„]((?:[^"“”„]|"")*)["“”„]|^\s*rule\s+([^\s#":]+)/i.exec(text);
      if (named !== null) {
        const label = (named[1] ?? named[2] ?? "").replaceAll('""', '"');
        void this.panel.webview.postMessage({ rule: label });
        return;
      }
      if (line < editor.selection.active.line && /^end\b/i.test(text)) return;
    }
  }
}
