// Runs a command of flowrules to its end. Nothing here needs VS Code.

import { spawn } from "node:child_process";

import type { Program } from "./program.js";

/** How a command ended. `code` is null where a signal ended it. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Rejects where the program can't be started, and with an AbortError where `signal` ends it. */
export function run(
  program: Program,
  args: readonly string[],
  folder: string | undefined,
  signal?: AbortSignal,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program.command, [...program.args, ...args], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal === undefined ? {} : { signal }),
      env: { ...process.env, PYTHONIOENCODING: "utf-8", PYTHONUTF8: "1" },
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => output.push(data));
    child.stderr.on("data", (data: Buffer) => errors.push(data));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, output: Buffer.concat(output).toString("utf8"), errors: Buffer.concat(errors).toString("utf8") });
    });
  });
}
