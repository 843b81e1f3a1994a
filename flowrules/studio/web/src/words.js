// Colours of words. The server says what the words of the visible stretch are; until it has, they keep the colours that they had.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin } from "@codemirror/view";

const AROUND = 3000; // Code units before and behind what is visible.
const PAUSE = 40; // Milliseconds without an edit before the words are asked for again.
const setWords = StateEffect.define();
const marks = new Map();

const field = StateField.define({
  create: () => Decoration.none,
  update(words, transaction) {
    words = words.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setWords)) words = effect.value;
    return words;
  },
  provide: (own) => EditorView.decorations.from(own),
});

function decorations(data, kinds, length) {
  const ranges = [];
  for (let at = 0; at < data.length; at += 3) {
    const kind = kinds[data[at + 2]];
    if (!marks.has(kind)) marks.set(kind, Decoration.mark({ class: `w-${kind}` }));
    if (data[at + 1] > 0 && data[at] + data[at + 1] <= length) ranges.push(marks.get(kind).range(data[at], data[at] + data[at + 1]));
  }
  return Decoration.set(ranges, true);
}

/** `ask(start, end)` gives {version, data} or null; `version()` is that of the text now. */
export function words(ask, version, kinds) {
  const plugin = ViewPlugin.fromClass(
    class {
      constructor(view) {
        this.view = view;
        this.timer = null;
        this.later(0);
      }
      update(update) {
        if (update.docChanged || update.viewportChanged) this.later(update.docChanged ? PAUSE : 0);
      }
      destroy() {
        clearTimeout(this.timer);
        this.view = null;
      }
      later(wait) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.fetch(), wait);
      }
      async fetch() {
        const { from, to } = this.view.viewport;
        const state = this.view.state;
        const found = await ask(Math.max(from - AROUND, 0), Math.min(to + AROUND, state.doc.length));
        // Words of an older text are coming again: an edit has asked for them.
        if (!this.view || !found || found.version !== version() || this.view.state.doc !== state.doc) return;
        this.view.dispatch({ effects: setWords.of(decorations(found.data, kinds(), state.doc.length)) });
      }
    },
  );
  return [field, plugin];
}
