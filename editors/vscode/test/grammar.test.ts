// The TextMate grammar over real rule files, beside the colours that the server gives the same words.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { createOnigScanner, createOnigString, loadWASM } from "vscode-oniguruma";
import { type IGrammar, INITIAL, Registry } from "vscode-textmate";

import { REPOSITORY, Session } from "./real.js";

const GRAMMAR = "syntaxes/flowrules.tmLanguage.json";
const RULES = ["rules", "tests/language"].flatMap((folder) =>
  readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith(".rules"))
    .map((name) => join(REPOSITORY, folder, name)),
);

/** What a scope says of a word, in the server's terms; the server says of a unit and of braces in a text nothing. */
const SAYS: readonly (readonly [RegExp, string])[] = [
  [/^comment/, "comment"],
  [/^string/, "string"],
  [/^constant\.numeric/, "number"],
  [/^keyword\.other\.unit/, "unit"],
  [/^keyword/, "keyword"],
  [/^entity\.name\.function/, "function"],
  [/^entity\.name\.type\.class/, "class"],
  [/^entity\.name\.type/, "type"],
  [/^variable/, "variable"],
];
const NAMES = new Set(["variable", "enumMember", "type", "class", "property", "function"]);

let grammar: IGrammar;
let session: Session;

before(async () => {
  const wasm = createRequire(join(process.cwd(), "package.json")).resolve("vscode-oniguruma/release/onig.wasm");
  await loadWASM(readFileSync(wasm));
  const registry = new Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: async () => JSON.parse(readFileSync(GRAMMAR, "utf8")),
  });
  const loaded = await registry.loadGrammar("source.flowrules");
  assert.ok(loaded);
  grammar = loaded;
  session = await Session.start(REPOSITORY);
});

after(() => session.stop());

/** For each character of a line what its scopes say, '' where they say nothing. */
function looks(lines: readonly string[]): string[][] {
  let state = INITIAL;
  return lines.map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    const said = Array<string>(line.length).fill("");
    for (const { startIndex, endIndex, scopes } of tokens) {
      const [, ...inner] = scopes;
      // A fact in a text is part of the text for the server.
      const scope = inner.find((one) => one.startsWith("string")) ?? inner.at(-1) ?? "";
      const [, meaning] = SAYS.find(([looks]) => looks.test(scope)) ?? [scope, ""];
      said.fill(meaning, startIndex, Math.min(endIndex, line.length));
    }
    return said;
  });
}

/** The server's colours in the same form. */
async function told(uri: string, lines: readonly string[]): Promise<string[][]> {
  const legend = session.server.capabilities.semanticTokensProvider?.legend.tokenTypes ?? [];
  const { data } = await session.ask<{ data: number[] }>("textDocument/semanticTokens/full", uri);
  const said = lines.map((line) => Array<string>(line.length).fill(""));
  for (let at = 0, line = 0, start = 0; at < data.length; at += 5) {
    const [down, right, length, type] = data.slice(at, at + 4) as [number, number, number, number];
    start = down === 0 ? start + right : right;
    line += down;
    said[line]?.fill(legend[type] ?? "?", start, start + length);
  }
  return said;
}

test("there are rule files to look at", () => assert.ok(RULES.length >= 9, RULES.join()));

for (const path of RULES) {
  test(`${path.slice(REPOSITORY.length + 1)} has the colours that the server gives it`, async () => {
    const text = readFileSync(path, "utf8");
    const lines = text.split("\n");
    const byLooks = looks(lines);
    const byServer = await told(await session.open(path, text), lines);
    const wrong: string[] = [];
    let compared = 0;
    lines.forEach((line, row) => {
      for (const { 0: word, index } of line.matchAll(/[^\s,()]+/gu)) {
        const [look, meant] = [byLooks[row]?.[index] ?? "", byServer[row]?.[index] ?? ""];
        // What a name is can't be told by its looks; a word of the language may be one.
        if (NAMES.has(meant) && meant !== "function" && (look === "" || look === "keyword" || look === "number")) continue;
        if (meant === "function" && look === "") continue; // the name of steps, behind `do`
        if (look === "unit") continue; // to the server `hours` is a word of the language here, and `minutes` is none
        compared += 1;
        if (look !== meant) wrong.push(`${row + 1}: ${word} looks like ${look || "nothing"}, is ${meant || "nothing"}`);
      }
    });
    assert.deepEqual(wrong, []);
    assert.ok(compared > lines.length / 2, `${compared} words compared`);
  });
}

test("a text ends with its line, and holds quotes and facts", () => {
  const scopes = (line: string) => grammar.tokenizeLine(line, INITIAL).tokens.map((one) => [line.slice(one.startIndex, one.endIndex), one.scopes.at(-1)]);
  assert.deepEqual(scopes('say "a ""b"" {lead.name or you} {{c}}"'), [
    ["say", "entity.name.function.verb.flowrules"],
    [" ", "source.flowrules"],
    ['"', "string.quoted.double.flowrules"],
    ["a ", "string.quoted.double.flowrules"],
    ['""', "constant.character.escape.flowrules"],
    ["b", "string.quoted.double.flowrules"],
    ['""', "constant.character.escape.flowrules"],
    [" ", "string.quoted.double.flowrules"],
    ["{lead.name or you}", "variable.other.readwrite.flowrules"],
    [" ", "string.quoted.double.flowrules"],
    ["{{", "constant.character.escape.flowrules"],
    ["c", "string.quoted.double.flowrules"],
    ["}}", "constant.character.escape.flowrules"],
    ['"', "string.quoted.double.flowrules"],
  ]);
  const open = grammar.tokenizeLine('say "not closed', INITIAL);
  const next = grammar.tokenizeLine("hangup", open.ruleStack);
  assert.deepEqual(next.tokens[0]?.scopes, ["source.flowrules", "entity.name.function.verb.flowrules"]);
});

test("words of any script are whole words", () => {
  const first = (line: string) => grammar.tokenizeLine(line, INITIAL).tokens[0]?.scopes;
  for (const line of ["handover", "on-hold", "call.on", "विक्रयon", "end_of_call"]) assert.deepEqual(first(line), ["source.flowrules"], line);
  for (const line of ["on", "END", "Otherwise,"]) assert.equal(first(line)?.length, 2, line);
});
