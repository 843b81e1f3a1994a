import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { findProgram, INSTALL, whyItEnded } from "../src/program.js";
import { run } from "../src/run.js";
import { flowrules, folderOf } from "./real.js";

const NOTHING = { path: "", args: [] };
const SCRIPT = "#!/bin/sh\necho ok\n";

function programs(names: string[]): { path: string; done: () => void } {
  const folder = folderOf(Object.fromEntries(names.map((name) => [name, SCRIPT])));
  names.forEach((name) => chmodSync(join(folder.path, name), 0o755));
  return folder;
}

test("the folder's own environment comes before the PATH, a setting before both", () => {
  const folder = programs([".venv/bin/flowrules", "elsewhere/flowrules", "mine/flowrules"]);
  const at = (name: string) => join(folder.path, name);
  const found = (path: string) => findProgram({ path, args: [] }, [folder.path], at("elsewhere"), false);
  assert.deepEqual(found(""), { command: at(".venv/bin/flowrules"), args: [] });
  assert.deepEqual(found("${workspaceFolder}/mine/flowrules"), { command: at("mine/flowrules"), args: [] });
  assert.deepEqual(found("flowrules"), { command: at("elsewhere/flowrules"), args: [] });
  assert.deepEqual(findProgram(NOTHING, ["/nowhere"], at("elsewhere"), false), { command: at("elsewhere/flowrules"), args: [] });
  folder.done();
});

test("what is missing is said in one sentence", () => {
  const sentence = findProgram(NOTHING, ["/nowhere"], "/nowhere", false);
  assert.equal(typeof sentence, "string");
  assert.ok(String(sentence).includes(INSTALL));
  assert.equal(findProgram({ path: "/nowhere/flowrules", args: [] }, [], "", false), "The setting flowrules.path names /nowhere/flowrules, and no program is there.");
});

test("a file that can't be run is no program", () => {
  const folder = folderOf({ "bin/flowrules": SCRIPT });
  chmodSync(join(folder.path, "bin/flowrules"), 0o644);
  assert.equal(typeof findProgram(NOTHING, [], join(folder.path, "bin"), false), "string");
  folder.done();
});

test("on Windows it is looked for under its name there", () => {
  const folder = programs([".venv/Scripts/flowrules.exe"]);
  assert.deepEqual(findProgram(NOTHING, [folder.path], "", true), { command: join(folder.path, ".venv/Scripts/flowrules.exe"), args: [] });
  folder.done();
});

test("without its extra, the program's own words are shown", async () => {
  // A Python that finds no pygls: the real command, and what it really says.
  const hidden = folderOf({ "pygls/__init__.py": "raise ModuleNotFoundError(\"No module named 'pygls'\", name='pygls')\n" });
  const before = process.env.PYTHONPATH;
  process.env.PYTHONPATH = hidden.path;
  try {
    const ended = await run(flowrules(), ["lsp"], undefined);
    assert.equal(ended.code, 2);
    assert.equal(whyItEnded(ended.errors, ended.code), "The language server needs an extra: pip install 'flowrules[lsp]'.");
  } finally {
    if (before === undefined) delete process.env.PYTHONPATH;
    else process.env.PYTHONPATH = before;
    hidden.done();
  }
});

test("a flowrules that has no such command is too old", async () => {
  const ended = await run(flowrules(), ["no-such-command"], undefined);
  assert.match(whyItEnded(ended.errors, ended.code), /^This flowrules is too old to serve an editor\. /);
});

test("whatever else it said last is passed on", () => {
  assert.equal(whyItEnded("Traceback\n\nOSError: no room\n\n", 1), "The program flowrules ended with 1 instead of serving this editor: OSError: no room");
  assert.equal(whyItEnded("", null), "The program flowrules ended with a signal instead of serving this editor.");
});
