import * as vscode from "vscode";
import { DocumentSymbol, DocumentSymbolRequest } from "vscode-languageclient/node";

import { SUFFIX } from "./folder.js";
import { outcomeOf, testsIn } from "./played.js";
import type { Server } from "./server.js";

export const RUN_TEST = "flowrules.runTest";
const PAUSE = 400;

/** The tests of all rule files in the test explorer. The server finds and plays them, also in texts that are not saved. */
export class Tests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("flowrules", "flowrules");
  private readonly disposables: vscode.Disposable[] = [this.controller];
  private readonly waiting = new Map<string, NodeJS.Timeout>();

  constructor(private readonly server: Server) {
    this.controller.resolveHandler = async (item) => (item === undefined ? this.findFiles() : this.read(item));
    this.controller.refreshHandler = async () => {
      await this.findFiles();
      await Promise.all(this.files().map((file) => this.read(file)));
    };
    const profile = this.controller.createRunProfile(
      "Play",
      vscode.TestRunProfileKind.Run,
      (request, token) => this.play(request, token),
      true,
    );
    profile.supportsContinuousRun = true;
    const watcher = vscode.workspace.createFileSystemWatcher(`**/*${SUFFIX}`);
    this.disposables.push(
      profile,
      watcher,
      watcher.onDidCreate((uri) => this.later(uri)),
      watcher.onDidDelete((uri) => this.controller.items.delete(uri.toString())),
      vscode.workspace.onDidOpenTextDocument((document) => this.seen(document)),
      vscode.workspace.onDidChangeTextDocument((event) => this.changed(event)),
      server.onReady(() => vscode.workspace.textDocuments.forEach((document) => this.seen(document))),
    );
  }

  /** Play the test that a line above it names. */
  async playNamed(uri: vscode.Uri, name: string): Promise<void> {
    const file = this.file(uri);
    await this.read(file);
    const item = file.children.get(idOf(uri, name));
    if (item !== undefined) await this.play(new vscode.TestRunRequest([item]), new vscode.CancellationTokenSource().token);
  }

  dispose(): void {
    this.waiting.forEach((timer) => clearTimeout(timer));
    this.disposables.forEach((one) => one.dispose());
  }

  // --- which tests there are ---

  private async findFiles(): Promise<void> {
    const found = await vscode.workspace.findFiles(`**/*${SUFFIX}`);
    found.forEach((uri) => this.file(uri));
  }

  private files(): vscode.TestItem[] {
    return [...this.controller.items].map(([, item]) => item);
  }

  private file(uri: vscode.Uri): vscode.TestItem {
    const known = this.controller.items.get(uri.toString());
    if (known !== undefined) return known;
    const item = this.controller.createTestItem(uri.toString(), vscode.workspace.asRelativePath(uri), uri);
    item.canResolveChildren = true;
    this.controller.items.add(item);
    return item;
  }

  private seen(document: vscode.TextDocument): void {
    if (document.languageId === "flowrules" && document.uri.scheme === "file") this.later(document.uri);
  }

  /** How tests went before an edit is shown as old: any of them may go otherwise now. */
  private changed(event: vscode.TextDocumentChangeEvent): void {
    if (event.document.languageId !== "flowrules" || event.contentChanges.length === 0) return;
    this.controller.invalidateTestResults();
    this.seen(event.document);
  }

  private later(uri: vscode.Uri): void {
    clearTimeout(this.waiting.get(uri.toString()));
    const timer = setTimeout(() => {
      this.waiting.delete(uri.toString());
      void this.read(this.file(uri)).catch((error) => this.server.log.warn(String(error)));
    }, PAUSE);
    this.waiting.set(uri.toString(), timer);
  }

  private async read(file: vscode.TestItem): Promise<void> {
    const client = this.server.running;
    const uri = file.uri;
    if (client === undefined || uri === undefined) return;
    await vscode.workspace.openTextDocument(uri);
    const outline = await client.sendRequest(DocumentSymbolRequest.type, { textDocument: { uri: uri.toString() } });
    const symbols = (outline ?? []).filter((one): one is DocumentSymbol => DocumentSymbol.is(one));
    file.children.replace(
      testsIn(symbols).map((one) => {
        const id = idOf(uri, one.name);
        const item = file.children.get(id) ?? this.controller.createTestItem(id, one.name, uri);
        item.range = client.protocol2CodeConverter.asRange(one.range);
        return item;
      }),
    );
  }

  // --- playing them ---

  private async play(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    await this.playOnce(request, token);
    if (!request.continuous) return;
    const again = vscode.workspace.onDidSaveTextDocument((document) => {
      if (document.languageId === "flowrules") void this.playOnce(request, token);
    });
    token.onCancellationRequested(() => again.dispose());
  }

  private async playOnce(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    try {
      if (request.include === undefined) await this.findFiles();
      const tests = await this.leaves(request.include ?? this.files());
      const left = tests.filter((test) => !(request.exclude ?? []).some((one) => one === test || one === test.parent));
      left.forEach((test) => run.enqueued(test));
      for (const test of left) {
        if (token.isCancellationRequested) run.skipped(test);
        else await this.playTest(run, test, token);
      }
    } catch (error) {
      run.appendOutput(`${String(error)}\r\n`);
      this.server.log.error(String(error));
    } finally {
      run.end();
    }
  }

  private async leaves(items: readonly vscode.TestItem[]): Promise<vscode.TestItem[]> {
    const found: vscode.TestItem[] = [];
    for (const item of items) {
      if (item.parent === undefined) {
        await this.read(item);
        found.push(...[...item.children].map(([, child]) => child));
      } else {
        found.push(item);
      }
    }
    return found;
  }

  private async playTest(run: vscode.TestRun, test: vscode.TestItem, token: vscode.CancellationToken): Promise<void> {
    const uri = test.uri as vscode.Uri;
    run.started(test);
    const began = Date.now();
    let outcome;
    try {
      await vscode.workspace.openTextDocument(uri);
      outcome = outcomeOf(await this.server.execute(RUN_TEST, [uri.toString(), test.label, true], token));
    } catch (error) {
      outcome = { kind: "errored", why: error instanceof Error ? error.message : String(error) } as const;
    }
    const took = Date.now() - began;
    switch (outcome.kind) {
      case "passed":
        run.passed(test, took);
        break;
      case "failed":
        run.failed(test, outcome.shortfalls.map((one) => this.message(uri, one.message, one.range)), took);
        break;
      case "errored":
        run.errored(test, new vscode.TestMessage(outcome.why), took);
        break;
    }
  }

  private message(uri: vscode.Uri, text: string, range: Parameters<Tests["rangeOf"]>[0]): vscode.TestMessage {
    const message = new vscode.TestMessage(text);
    message.location = new vscode.Location(uri, this.rangeOf(range));
    return message;
  }

  private rangeOf(range: DocumentSymbol["range"]): vscode.Range {
    return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
  }
}

function idOf(uri: vscode.Uri, name: string): string {
  return `${uri.toString()}#${name}`;
}
