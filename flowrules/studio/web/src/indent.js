// How far a line is indented: what stands inside a block, what follows a step that fails, and the `end` of a block.

import { getIndentUnit, indentOnInput, indentService } from "@codemirror/language";
import { EditorState } from "@codemirror/state";

/** The lines with which a block begins that has an `end`. */
const OPENS = /^\s*(?:(?:rule|test)\s+["“”„].*|steps\s+\S+|hours\s+\S+(?:\s+in\s+\S+)?|destination\s+\S+\s+by\s+\S+|promise\s+["“”„][^"“”„]*["“”„])\s*$/iu;
const ENDS = /^\s*end\b/iu;
/** What is done where the step above fails stands below it, a step further in. */
const FAILS = /^\s*if it fails\b/iu;
/** An `if` whose steps do not stand there yet. */
const OPEN_IF = /^\s*if\b(?!.*\b(?:then|otherwise)\s+\S)/iu;
const WORDS = [{ indentOnInput: /^\s*(?:end|if it fails)$/iu }];

const bare = (text) => text.replace(/\s#.*$/u, "");

function service(context, pos) {
  const { doc } = context.state;
  const unit = getIndentUnit(context.state);
  const line = doc.lineAt(pos), number = line.number;
  const isBroken = pos > line.from && context.lineAt(pos, 1).from === pos;
  const own = isBroken ? line.text.slice(pos - line.from) : line.text;
  const above = (from) => {
    for (let at = from; at > 0; at--) {
      const { text } = doc.line(at);
      if (text.trim()) return text;
    }
    return "";
  };
  const before = isBroken ? line.text.slice(0, pos - line.from) : "";
  const previous = bare(before.trim() ? before : above(number - 1));
  const indent = /^\s*/u.exec(previous)[0].length;
  if (ENDS.test(own)) {
    for (let at = isBroken ? number : number - 1; at > 0; at--) {
      const text = bare(doc.line(at).text);
      if (OPENS.test(text)) return /^\s*/u.exec(text)[0].length;
      if (ENDS.test(text)) break;
    }
    return 0;
  }
  if (isBroken && !before.trim()) return null;
  if (OPENS.test(previous) || OPEN_IF.test(previous)) return indent + unit;
  if (FAILS.test(own)) return FAILS.test(previous) ? indent : indent + unit;
  if (FAILS.test(previous)) return isBroken ? Math.max(indent - unit, 0) : indent;
  return indent;
}

export const indentation = [indentService.of(service), indentOnInput(), EditorState.languageData.of(() => WORDS)];
