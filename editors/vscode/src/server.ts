import * as vscode from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  type Middleware,
  State,
} from "vscode-languageclient/node";

import { type Program, whyItEnded } from "./program.js";
import { run } from "./run.js";
import { folders, options, program } from "./settings.js";

export const LANGUAGE = "flowrules";
const RESTARTS = 4;
const RESTART_TIME = 3 * 60_000;

/** The language server of this window, and what the status bar says of it. */
export class Server implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("flowrules", { log: true });
  private readonly status = vscode.languages.createLanguageStatusItem("flowrules.server", { language: LANGUAGE });
  private readonly ready = new vscode.EventEmitter<LanguageClient>();
  /** The server answers. */
  readonly onReady = this.ready.event;
  private client: LanguageClient | undefined;
  private ended: number[] = [];

  constructor(private readonly middleware: Middleware) {
    this.status.name = "flowrules";
    this.status.command = { title: "Show the log", command: "flowrules.showLog" };
  }

  /** The client while its server answers. */
  get running(): LanguageClient | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  async start(): Promise<void> {
    if (this.client !== undefined) return;
    if (!vscode.workspace.isTrusted) {
      this.shows("flowrules waits until this folder is trusted", vscode.LanguageStatusSeverity.Information);
      return;
    }
    const found = program();
    if (typeof found === "string") {
      this.failed(found);
      return;
    }
    this.shows("flowrules starts", vscode.LanguageStatusSeverity.Information, true);
    const client = this.made(found);
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.client = undefined;
      this.log.error(String(error));
      this.failed(await whyNot(found));
      return;
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client !== undefined && client.state !== State.Stopped) await client.dispose();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Whether the server has a command. */
  offers(command: string): boolean {
    const commands = this.running?.initializeResult?.capabilities.executeCommandProvider?.commands;
    return commands?.includes(command) ?? false;
  }

  /** What a command of the server returns. Rejects where it says why it can't be done. */
  async execute(command: string, args: unknown[], token?: vscode.CancellationToken): Promise<unknown> {
    const client = this.running;
    if (client === undefined) throw new Error("The server of flowrules does not run.");
    return await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args as never }, token);
  }

  dispose(): void {
    void this.stop();
    this.status.dispose();
    this.ready.dispose();
    this.log.dispose();
  }

  private made(found: Program): LanguageClient {
    const cwd = folders()[0];
    const client: LanguageClient = new LanguageClient(
      "flowrules",
      "flowrules",
      {
        command: found.command,
        args: [...found.args, "lsp"],
        options: { env: { ...process.env, PYTHONUTF8: "1" }, ...(cwd === undefined ? {} : { cwd }) },
      },
      {
        documentSelector: [
          { scheme: "file", language: LANGUAGE },
          { scheme: "untitled", language: LANGUAGE },
        ],
        outputChannel: this.log,
        initializationOptions: options(),
        middleware: this.middleware,
        initializationFailedHandler: () => false,
        errorHandler: {
          error: () => ({ action: ErrorAction.Continue, handled: true }),
          closed: () => this.closed(client),
        },
      },
    );
    client.onDidChangeState(({ newState }) => {
      if (newState !== State.Running) return;
      this.shows(`flowrules ${client.initializeResult?.serverInfo?.version ?? ""}`.trim());
      this.ready.fire(client);
    });
    return client;
  }

  /** A server that ended is started again, unless it never answered or ends again and again. */
  private closed(client: LanguageClient): CloseHandlerResult {
    if (client.initializeResult === undefined || client !== this.client) {
      return { action: CloseAction.DoNotRestart, handled: true };
    }
    const now = Date.now();
    this.ended = [...this.ended.filter((time) => now - time < RESTART_TIME), now];
    if (this.ended.length <= RESTARTS) return { action: CloseAction.Restart, handled: true };
    this.ended = [];
    this.client = undefined;
    this.failed("The server of flowrules ended five times in three minutes; its log says more.");
    return { action: CloseAction.DoNotRestart, handled: true };
  }

  private failed(sentence: string): void {
    this.log.error(sentence);
    this.shows(sentence, vscode.LanguageStatusSeverity.Error);
    const settings = "Open the Settings";
    const again = "Try Again";
    void vscode.window.showErrorMessage(sentence, settings, again).then((chosen) => {
      if (chosen === settings) void vscode.commands.executeCommand("workbench.action.openSettings", "flowrules.path");
      if (chosen === again) void this.restart();
    });
  }

  private shows(text: string, severity = vscode.LanguageStatusSeverity.Information, busy = false): void {
    this.status.text = text;
    this.status.severity = severity;
    this.status.busy = busy;
  }
}

/** Asks a program that served nobody once more, with nothing to read, for what it says. */
async function whyNot(found: Program): Promise<string> {
  try {
    const ended = await run(found, ["lsp"], folders()[0], AbortSignal.timeout(30_000));
    if (ended.code === 0) return "The program flowrules did not answer this editor; its log says more.";
    return whyItEnded(ended.errors, ended.code);
  } catch (error) {
    return `The program ${found.command} can't be started: ${error instanceof Error ? error.message : String(error)}`;
  }
}
