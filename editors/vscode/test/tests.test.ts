// The test explorer's questions, asked of the real server; and the words of the page that shows a rule's stories.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import type { DocumentSymbol } from "vscode-languageserver-protocol";

import { outcomeOf, testsIn } from "../src/played.js";
import { escaped, sentencePage, storyPage, type Story } from "../src/stories.js";
import { folderOf, REPOSITORY, Session } from "./real.js";

const RULES = `on intent=sales hangup

test "holds"
  on intent=sales
  expect hangup
end

test "falls short"
  on intent=sales
  expect nothing
end
`;

test("the tests of a text are found and played, also where it is not saved", async () => {
  const folder = folderOf({ "a.rules": "" });
  const session = await Session.start(folder.path);
  try {
    const uri = await session.open(join(folder.path, "a.rules"), RULES);
    const outline = () => session.ask<DocumentSymbol[]>("textDocument/documentSymbol", uri);
    const found = testsIn(await outline());
    assert.deepEqual(found.map((one) => [one.name, one.range.start.line]), [["holds", 2], ["falls short", 7]]);

    const play = async (name: string) => outcomeOf(await session.execute("flowrules.runTest", [uri, name, true]));
    assert.deepEqual(await play("holds"), { kind: "passed" });
    const failed = await play("falls short");
    assert.equal(failed.kind, "failed");
    assert.equal(failed.kind === "failed" && failed.shortfalls[0]?.range.start.line, 9);

    await session.write(uri, RULES.replace("sales hangup", "sales hangupp"));
    const broken = await play("holds");
    assert.deepEqual(broken, { kind: "errored", why: "Nothing is played while the rules have mistakes. Mend them first." });
    assert.deepEqual(session.shown, [], "the explorer shows results itself");
  } finally {
    await session.stop();
    folder.done();
  }
});

test("the page beside is of what is written, not of what is saved", async () => {
  const folder = folderOf({ "a.rules": "" });
  const session = await Session.start(folder.path);
  try {
    const uri = await session.open(join(folder.path, "a.rules"), RULES);
    const { html } = (await session.execute("flowrules.preview", [uri])) as { html: string };
    assert.match(html, /<h3>When intent is “sales” is reported<\/h3>|<h3>.*sales.*<\/h3>/);
    await session.write(uri, RULES.replace("sales hangup", "sales hangupp"));
    const { refused } = (await session.execute("flowrules.preview", [uri])) as { refused: string };
    assert.match(refused, /The rules have mistakes\./);
  } finally {
    await session.stop();
    folder.done();
  }
});

test("an answer that says nothing is no pass", () => {
  for (const answer of [undefined, null, {}, "passed", { passed: true }, { passed: "yes", told: "", shortfalls: [] }]) {
    assert.equal(outcomeOf(answer).kind, "errored");
  }
});

const STORY: Story = {
  code: "FR812",
  name: "goodbye-answered",
  uri: "file:///a%20b.rules",
  range: { start: { line: 3, character: 2 }, end: { line: 3, character: 8 } },
  message: 'Who speaks into "<b>" & more',
  hint: "Write this.",
  answered: "",
  story: ["A call comes up.", "It ends."],
  test: 'test "x"\n  on a\nend\n',
  unsaid: [],
};

test("a story's page shows the open ones first, and nothing of a rule is read as HTML", () => {
  const answered = { ...STORY, code: "FR803", answered: "meant so" };
  const page = storyPage({ rule: "Late <i>", findings: [answered, STORY], looked: "All stories were played." });
  assert.ok(page.indexOf("FR812") < page.indexOf("FR803"));
  assert.ok(!page.includes("<b>") && !page.includes("<i>"));
  assert.ok(page.includes("A comment answers it: meant so"));
  const link = /command:flowrules\.addTest\?([^"]+)"/.exec(page)?.[1] ?? "";
  assert.deepEqual(JSON.parse(decodeURIComponent(link)), [STORY.uri, STORY.test]);
  assert.match(storyPage({ rule: "", findings: [answered], looked: "" }), /Nothing was found that goes wrong/);
  assert.ok(storyPage({ refused: "No rule <i>stands</i> there." }).includes("No rule &#60;i&#62;"));
  assert.ok(sentencePage("a < b").includes(escaped("a < b")));
});

test("a rule's stories come from the server as the page wants them", async () => {
  const session = await Session.start(REPOSITORY);
  try {
    const path = join(REPOSITORY, "rules", "sales.rules");
    const line = readFileSync(path, "utf8").split("\n").indexOf('rule "Wrong number"');
    const explored = await session.execute("flowrules.exploreRule", [await session.open(path), { line, character: 0 }, 2]);
    const page = storyPage(explored as never);
    assert.ok(page.includes("The rule “Wrong number”"), page);
    assert.ok(!page.includes("undefined"), page);
  } finally {
    await session.stop();
  }
});
