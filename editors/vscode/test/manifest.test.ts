// What the extension says of itself, beside what it does, and what VS Code makes of it beside what flowrules writes.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import manifest from "../package.json";
import { ADD_TEST, GO_TO, SHOW_PLACES } from "../src/commands.js";
import { run } from "../src/run.js";

import { flowrules, folderOf, REPOSITORY } from "./real.js";

const sources = readdirSync("src").map((name) => readFileSync(join("src", name), "utf8")).join("\n");

test("each command is registered, and each that is registered is told, or the own one of a link or a line", () => {
  const registered = [...sources.matchAll(/registerCommand\(\s*(?:"([^"]+)"|(\w+))/g)].map(([, id, name]) => id ?? { GO_TO, ADD_TEST, SHOW_PLACES }[name as "GO_TO"]);
  const told = manifest.contributes.commands.map((one) => one.command);
  assert.deepEqual([...registered].sort(), [...told, GO_TO, ADD_TEST, SHOW_PLACES].sort());
});

test("each setting that is read is told, with its default", () => {
  const told = manifest.contributes.configuration.properties as Record<string, { default: unknown }>;
  const read = [...sources.matchAll(/\bget(?:<[^>]+>)?\("(\w+)", ([^)]+?)\)/g)];
  assert.ok(read.length >= 5);
  for (const [, name, usual] of read) assert.deepEqual(told[`flowrules.${name}`]?.default, JSON.parse(usual ?? ""), name);
});

test("the version is that of flowrules", () => {
  const [, version] = /^version = "(.+)"$/m.exec(readFileSync(join(REPOSITORY, "pyproject.toml"), "utf8")) ?? [];
  assert.equal(manifest.version, version);
});

test("the problem matcher reads what check writes", async () => {
  const folder = folderOf({ "a: b.rules": "on intent=sales transfr queue a\n", "OTHER.RULES": "on intent=x hangup\n" });
  try {
    const ended = await run(flowrules(), ["check", ".", "--format", "concise"], folder.path);
    const [pattern] = manifest.contributes.problemPatterns;
    assert.ok(pattern);
    const lines = ended.output.split("\n").filter((line) => line !== "");
    const found = lines.map((line) => {
      const match = new RegExp(pattern.regexp).exec(line);
      assert.ok(match, line);
      return { file: match[pattern.file], line: match[pattern.line], severity: match[pattern.severity], code: match[pattern.code] };
    });
    assert.deepEqual(found, [
      { file: "OTHER.RULES", line: "1", severity: "warning", code: "FR161" },
      { file: "a: b.rules", line: "1", severity: "error", code: "FR103" },
    ]);
  } finally {
    folder.done();
  }
});

test("a block's lines are set in, and its end is not", () => {
  const { increaseIndentPattern: more, decreaseIndentPattern: less } = JSON.parse(readFileSync("language-configuration.json", "utf8")).indentationRules;
  const [opens, closes] = [new RegExp(more.pattern, more.flags), new RegExp(less.pattern, less.flags)];
  let blocks = 0;
  for (const name of readdirSync(join(REPOSITORY, "rules")).filter((one) => one.endsWith(".rules"))) {
    const lines = readFileSync(join(REPOSITORY, "rules", name), "utf8").split("\n");
    const indent = (line: string) => line.length - line.trimStart().length;
    lines.forEach((line, row) => {
      const next = lines[row + 1] ?? "";
      if (opens.test(line) && !closes.test(next)) {
        blocks += 1;
        assert.equal(indent(next), indent(line) + 2, `${name}:${row + 2}`);
      } else if (indent(next) > indent(line) && !line.startsWith("#")) {
        assert.match(next, /^\s+(if it fails|then|and|or|when|unless|during|outside)\b/, `${name}:${row + 2} is set in by no block`);
      }
      if (/^\s*end$/.test(line)) assert.ok(closes.test(line));
    });
  }
  assert.ok(blocks > 100, String(blocks));
});
