// What exploring a rule has shown, as a page. Nothing here needs VS Code.

import type { Range } from "vscode-languageserver-protocol";

import { ADD_TEST, GO_TO } from "./commands.js";

/** What the server's command `flowrules.exploreRule` returns: what was found, or a sentence why nothing was played. */
export type Answer = Explored | { readonly refused: string };

export interface Explored {
  readonly rule: string;
  readonly findings: readonly Story[];
  readonly looked: string;
}

export interface Story {
  readonly code: string;
  readonly name: string;
  readonly uri: string;
  readonly range: Range;
  readonly message: string;
  readonly hint: string;
  /** The reason that a comment gives, '' where none does. */
  readonly answered: string;
  readonly story: readonly string[];
  readonly test: string;
  readonly unsaid: readonly string[];
}

const STYLE = `
body { max-width: 48rem; line-height: 1.5; padding-bottom: 2rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .3rem; border-top: 1px solid var(--vscode-panel-border); padding-top: 1rem; }
.looked, .answered { color: var(--vscode-descriptionForeground); }
pre { background: var(--vscode-textCodeBlock-background); padding: .6rem .8rem; overflow-x: auto; }
`;

/** The page: what goes wrong, how, what to do, and a test to add. What a comment answers stands at the end. */
export function storyPage(answer: Answer): string {
  if ("refused" in answer) return sentencePage(answer.refused);
  const open = answer.findings.filter((one) => one.answered === "");
  const answered = answer.findings.filter((one) => one.answered !== "");
  const title = answer.rule === "" ? "This rule" : `The rule “${escaped(answer.rule)}”`;
  const nothing = open.length > 0 ? "" : "<p>Nothing was found that goes wrong, as far as calls were played:</p>";
  const looked = `<p class="looked">${escaped(answer.looked)}</p>`;
  return page(`<h1>${title}</h1>\n${nothing}\n${looked}\n${[...open, ...answered].map(section).join("\n")}`);
}

/** A page that says one thing. */
export function sentencePage(sentence: string): string {
  return page(`<p>${escaped(sentence)}</p>`);
}

function page(body: string): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>${STYLE}</style></head><body>
${body}
</body></html>
`;
}

function section(one: Story): string {
  const place = link(GO_TO, [one.uri, one.range], "Go there");
  const answer = one.answered === "" ? "" : `<p class="answered">A comment answers it: ${escaped(one.answered)}</p>`;
  const test = one.test === "" ? "" : `<p>As a test (${link(ADD_TEST, [one.uri, one.test], "add it to the file")}):</p>\n<pre>${escaped(one.test)}</pre>`;
  return `<h2>${escaped(one.code)} ${escaped(one.name)}</h2>
<p>${escaped(one.message)} ${place}</p>
${answer}
<ol>${one.story.map((line) => `<li>${escaped(line)}</li>`).join("")}</ol>
${one.hint === "" ? "" : `<p>${escaped(one.hint)}</p>`}
${test}
${one.unsaid.map((line) => `<p class="looked">${escaped(line)}</p>`).join("")}`;
}

function link(command: string, args: readonly unknown[], words: string): string {
  return `<a href="command:${command}?${encodeURIComponent(JSON.stringify(args))}">${words}</a>`;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
