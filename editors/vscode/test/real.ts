// What the tests run against: the real program, and a real session with its language server.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExecuteCommandRequest,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  type ProtocolConnection,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";

import { findProgram, type Program } from "../src/program.js";

export const REPOSITORY = resolve(process.cwd(), "../..");

/** The flowrules that `FLOWRULES` names, that of the repository's virtual environment, or the one on the PATH. */
export function flowrules(): Program {
  const found = findProgram({ path: process.env.FLOWRULES ?? "", args: [] }, [REPOSITORY]);
  if (typeof found === "string") throw new Error(found);
  return found;
}

/** A folder with files, removed by `done`. */
export function folderOf(files: Record<string, string>): { path: string; done: () => void } {
  const path = mkdtempSync(join(tmpdir(), "flowrules-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, done: () => rmSync(path, { recursive: true }) };
}

/** A session with the language server, as the extension's client has it. */
export class Session {
  private constructor(
    private readonly process: ChildProcess,
    private readonly connection: ProtocolConnection,
    readonly server: InitializeResult,
    readonly shown: string[],
  ) {}

  static async start(root: string): Promise<Session> {
    const { command, args } = flowrules();
    const process = spawn(command, [...args, "lsp"], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
    const connection = createProtocolConnection(new StreamMessageReader(process.stdout), new StreamMessageWriter(process.stdin));
    const shown: string[] = [];
    connection.onNotification("window/showMessage", ({ message }: { message: string }) => void shown.push(message));
    connection.onRequest("client/registerCapability", () => null);
    connection.listen();
    const uri = pathToFileURL(root).href;
    const server = await connection.sendRequest(InitializeRequest.type, {
      processId: null,
      rootUri: uri,
      workspaceFolders: [{ uri, name: "rules" }],
      capabilities: { general: { positionEncodings: ["utf-16"] } },
    });
    await connection.sendNotification(InitializedNotification.type, {});
    return new Session(process, connection, server, shown);
  }

  async open(path: string, text = readFileSync(path, "utf8")): Promise<string> {
    const uri = pathToFileURL(path).href;
    const textDocument = { uri, languageId: "flowrules", version: 1, text };
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
    return uri;
  }

  async write(uri: string, text: string): Promise<void> {
    const textDocument = { uri, version: 2 };
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, { textDocument, contentChanges: [{ text }] });
  }

  ask<T>(method: string, uri: string): Promise<T> {
    return this.connection.sendRequest<T>(method, { textDocument: { uri } });
  }

  execute(command: string, args: unknown[]): Promise<unknown> {
    return this.connection.sendRequest(ExecuteCommandRequest.type, { command, arguments: args as never });
  }

  async stop(): Promise<void> {
    await this.connection.sendRequest(ShutdownRequest.type);
    const ended = new Promise((done) => this.process.once("exit", done));
    await this.connection.sendNotification(ExitNotification.type);
    await ended;
    this.connection.dispose();
  }
}
