// The editor: one view, and a state for each file, so that each keeps its own place and its own undo.

import { acceptCompletion, autocompletion, completionKeymap, snippet } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, isolateHistory, redo, undo } from "@codemirror/commands";
import { indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, ChangeSet, EditorSelection, EditorState, Transaction } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { h } from "./dom.js";
import { indentation } from "./indent.js";
import { t } from "./texts.js";
import { words } from "./words.js";

/** Pixels above and below the line that is written: of a block that was just put in, more than its first line is seen. */
const MARGIN = 75;
/** Of a change that the server knows already. */
const fromServer = Annotation.define();
const CLASSES = { phrase: "keyword", verb: "function", name: "variable", value: "enumMember", snippet: "text" };

/** One file as this tab has it. `digest` is that of the file on disk that its text began from. */
export class File {
  constructor({ file, text, digest, readonly }, state) {
    this.name = file;
    this.digest = digest;
    this.readonly = readonly;
    this.state = state;
    this.version = 0;
    this.edited = false;
    this.found = { findings: [], count: 0, errors: 0, warnings: 0 };
    this.blocks = [];
    this.blockCount = 0;
    /** What has changed since the blocks that are shown. */
    this.sinceBlocks = ChangeSet.empty(text.length);
    /** What has changed since the findings that are shown. */
    this.since = ChangeSet.empty(text.length);
  }

  get text() {
    return this.state.doc.toString();
  }

  /** Where a block stands by now. */
  placeOf(block) {
    return this.sinceBlocks.mapPos(Math.min(block[2], this.sinceBlocks.length));
  }
}

export class Editor {
  /** `host` has send, ask, kinds(), changed(file), saved(), moved(file). */
  constructor(parent, nonce, host) {
    this.host = host;
    this.nonce = nonce;
    this.files = new Map();
    this.current = null;
    this.view = new EditorView({
      parent,
      state: EditorState.create({ extensions: [EditorView.cspNonce.of(nonce)] }),
      dispatchTransactions: (transactions, view) => {
        view.update(transactions);
        if (this.current) this.#follow(this.current, view.state, transactions);
      },
    });
  }

  /** A file that is new to this tab. */
  add(told) {
    const file = new File(told, null);
    file.state = EditorState.create({ doc: told.text, extensions: this.#extensions(file) });
    file.since = file.sinceBlocks = ChangeSet.empty(file.state.doc.length);
    this.files.set(file.name, file);
    return file;
  }

  remove(name) {
    this.files.delete(name);
    if (this.current?.name === name) this.open(this.files.keys().next().value);
  }

  open(name) {
    const file = this.files.get(name);
    if (!file || file === this.current) return;
    if (this.current) this.current.scroll = this.view.scrollSnapshot();
    this.current = file;
    this.view.setState(file.state);
    if (file.scroll) this.view.dispatch({ effects: file.scroll });
    this.host.opened(file);
  }

  focus() {
    this.view.focus();
  }

  /** Show a place: `at` in code units. */
  go(name, at, end = at) {
    this.open(name);
    const length = this.view.state.doc.length;
    const [from, to] = [Math.min(at, length), Math.min(end, length)];
    this.view.dispatch({
      selection: EditorSelection.range(from, from === to ? from : to),
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
    this.view.focus();
  }

  /** Make edits of one or several files, in each as one step that can be undone. `at` is a place behind them, in the file of the first. */
  edit(edits, { map = true, reason = false } = {}) {
    const byFile = Map.groupBy(edits, (edit) => edit.file);
    for (const [name, some] of byFile) {
      const file = this.files.get(name);
      if (!file || file.readonly) continue;
      const place = (at, side) => (map ? file.since.mapPos(Math.min(at, file.since.length), side) : at);
      const changes = some.map(({ from, to, insert }) => ({ from: place(from, 1), to: Math.max(place(from, 1), place(to, -1)), insert }));
      const set = file.state.changes(changes);
      let selection;
      if (edits[0].file === name) {
        const last = set.mapPos(changes[0].from, 1);
        selection = EditorSelection.cursor(reason ? last - 1 : last);
      }
      this.#dispatch(file, { changes: set, selection, annotations: isolateHistory.of("full"), userEvent: "input.fix", scrollIntoView: true });
    }
    if (byFile.size && edits[0].file !== this.current?.name) this.open(edits[0].file);
    this.view.focus();
  }

  /** Put another text in the place of a file's, changing as little as there is to change. */
  replace(file, text, { known = false, undoable = false } = {}) {
    const old = file.text;
    if (old === text) return;
    let start = 0;
    const most = Math.min(old.length, text.length);
    while (start < most && old[start] === text[start]) start++;
    let end = 0;
    while (end < most - start && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
    this.#dispatch(file, {
      changes: { from: start, to: old.length - end, insert: text.slice(start, text.length - end) },
      annotations: [Transaction.addToHistory.of(undoable), ...(known ? [fromServer.of(true)] : [])],
    });
  }

  /** Show findings, if they are for the text as it is now. */
  show(file, found) {
    if (found.version !== file.version) return false;
    file.found = found;
    file.since = ChangeSet.empty(file.state.doc.length);
    const length = file.state.doc.length;
    const shown = found.findings.map((one) => this.#diagnostic(file, one, length));
    this.#dispatch(file, setDiagnostics(file.state, shown));
    return true;
  }

  /** Take the names and places of blocks, if they are of the text as it is now. */
  outline(file, { version, blocks, count }) {
    if (version !== file.version) return false;
    file.blocks = blocks;
    file.blockCount = count;
    file.sinceBlocks = ChangeSet.empty(file.state.doc.length);
    return true;
  }

  undo = () => undo(this.view);
  redo = () => redo(this.view);
  next = () => {
    this.view.focus();
    nextDiagnostic(this.view);
  };

  async format() {
    const file = this.current;
    const version = file.version;
    const edits = await this.host.ask("format", file.name);
    if (edits?.length && version === file.version) this.edit(edits, { map: false });
  }

  /** Put a block to fill in at the end of the file: that of the snippet named so. */
  async addBlock(word) {
    const file = this.current;
    if (!file || file.readonly) return;
    const text = file.text.trimEnd();
    const gap = text ? "\n\n" : "";
    const at = text.length + gap.length;
    const changes = { from: text.length, to: file.text.length, insert: gap };
    this.#dispatch(file, { changes, selection: EditorSelection.cursor(at), annotations: isolateHistory.of("full"), userEvent: "input", scrollIntoView: true });
    this.view.focus();
    const version = file.version;
    const found = await this.host.ask("completion", file.name, at);
    const one = found?.find(({ sort, label }) => sort === "snippet" && label === word);
    if (!one || file !== this.current || version !== file.version) return;
    toFillIn(one.text)(this.view, null, at, at);
  }

  // --- inside ---

  #dispatch(file, spec) {
    if (file === this.current) this.view.dispatch(spec);
    else {
      const transaction = file.state.update(spec);
      this.#follow(file, transaction.state, [transaction]);
    }
  }

  #follow(file, state, transactions) {
    file.state = state;
    let any = false;
    for (const transaction of transactions) {
      if (!transaction.docChanged) continue;
      any = true;
      file.since = file.since.compose(transaction.changes);
      file.sinceBlocks = file.sinceBlocks.compose(transaction.changes);
      if (transaction.annotation(fromServer)) continue;
      const changes = [];
      transaction.changes.iterChanges((from, to, _from, _to, inserted) => changes.push([from, to, inserted.toString()]), true);
      file.version++;
      file.edited = true;
      this.host.send({ kind: "change", file: file.name, version: file.version, changes });
    }
    if (any) this.host.changed(file);
  }

  #diagnostic(file, one, length) {
    const from = Math.min(one.from, length);
    const to = Math.max(from, Math.min(one.to, length));
    return {
      from,
      to,
      severity: one.severity === "answered" ? "hint" : one.severity,
      source: one.code,
      message: one.message,
      renderMessage: () =>
        h("div", { class: "told" }, h("p", {}, one.message), one.hint && h("p", { class: "soft" }, one.hint), one.story.length ? h("ol", {}, ...one.story.map((line) => h("li", {}, line))) : null),
      actions: one.fixes.filter((fix) => fix.mends).map((fix) => ({ name: fix.title, apply: () => this.edit(fix.edits, { reason: fix.reason }) })),
    };
  }

  #extensions(file) {
    const { host } = this;
    return [
      EditorView.cspNonce.of(this.nonce),
      EditorState.phrases.of(phrases()),
      lineNumbers(),
      highlightActiveLineGutter(),
      history(),
      drawSelection(),
      EditorView.lineWrapping,
      EditorView.scrollMargins.of(() => ({ top: MARGIN, bottom: MARGIN })),
      highlightActiveLine(),
      highlightSelectionMatches(),
      indentUnit.of("  "),
      indentation,
      lintGutter(),
      autocompletion({ override: [(context) => this.#complete(file, context)], icons: false, activateOnTypingDelay: 30 }),
      hoverTooltip((view, at) => this.#hover(file, at), { hideOnChange: true }),
      words((start, end) => host.ask("words", file.name, start, end), () => file.version, host.kinds),
      EditorState.readOnly.of(Boolean(file.readonly)),
      EditorView.contentAttributes.of({ "aria-label": t("editor.label", { file: file.name }), "aria-description": t("editor.leave"), tabindex: "0", spellcheck: "false", autocorrect: "off", autocapitalize: "off" }),
      keymap.of([
        { key: "Shift-Alt-f", run: () => (this.format(), true) },
        // Who is done with a template's places presses it once more, and is not to type into a button then.
        { key: "Tab", run: (view) => acceptCompletion(view) || true },
        ...defaultKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...completionKeymap,
        ...lintKeymap,
      ]),
    ];
  }

  #complete = async (file, context) => {
    const before = context.matchBefore(/[\p{L}\p{N}_.{]+/u);
    const line = context.state.doc.lineAt(context.pos);
    const typed = line.text.slice(0, context.pos - line.from);
    // Behind a space too: what comes next is what a newcomer wants to know. Not on a line of its own, unless asked for.
    if (!context.explicit && !before && !/\S $/.test(typed)) return null;
    const found = await this.host.ask("completion", file.name, context.pos);
    if (!found?.length || context.aborted) return null;
    return {
      from: found[0].from,
      options: found.map((one, at) => ({
        label: one.label,
        detail: one.detail,
        type: CLASSES[one.sort],
        boost: -Math.min(at, 98),
        apply: one.sort === "snippet" ? toFillIn(one.text) : one.text,
      })),
      filter: false,
    };
  };

  #hover = async (file, at) => {
    const found = await this.host.ask("hover", file.name, at);
    if (!found) return null;
    return {
      pos: found.from,
      end: found.to,
      above: true,
      create: () => {
        const dom = h("div", { class: "told hover" });
        dom.innerHTML = found.html;
        return { dom };
      },
    };
  };
}

/** What puts in a snippet of the server's, whose places to fill in are written as editors write them. */
function toFillIn(text) {
  return snippet(text.replace(/\$\{\d+:([^}]*)\}/g, "${$1}").replace(/\$0|\$\d+/g, "${}"));
}

/** CodeMirror's own words. */
function phrases() {
  const own = {};
  for (const name of ["No diagnostics", "Diagnostics", "Find", "Replace", "next", "previous", "all", "close", "replace", "replace all", "match case", "regexp", "by word", "current match", "Go to line", "go", "Completions"])
    own[name] = t(`cm.${name}`);
  return own;
}

export { EditorState, EditorView };
