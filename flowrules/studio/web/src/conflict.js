// Two versions of one file, side by side. Nothing is overwritten before somebody has said which text it is to be.

import { MergeView } from "@codemirror/merge";
import { history, historyKeymap, defaultKeymap } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { h, byId } from "./dom.js";
import { counted, t } from "./texts.js";

let merge = null;
let before = null;

/** `take(text)` is told which text it is to be, with the digest of what was seen of the disk. */
export function showConflict({ file, theirs, merged, clashes, digest }, nonce, take) {
  close();
  before = document.activeElement;
  const place = byId("conflict");
  const body = h("div", { class: "merge" });
  const choose = (text) => {
    close();
    take(text, digest);
  };
  const first = h("button", { type: "button", class: "primary", onclick: () => choose(merge.b.state.doc.toString()) }, t("conflict.take"));
  place.replaceChildren(
    h(
      "div",
      { class: "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": "conflict-title" },
      h("h2", { id: "conflict-title" }, t("conflict.title", { file })),
      h("p", {}, clashes ? counted("conflict.clashes", clashes) : t("conflict.clean")),
      h("div", { class: "sides" }, h("h3", {}, t("conflict.theirs")), h("h3", {}, t("conflict.mine"))),
      body,
      h("div", { class: "buttons" }, first, h("button", { type: "button", onclick: () => choose(theirs) }, t("conflict.disk")), h("button", { type: "button", onclick: close }, t("conflict.later"))),
    ),
  );
  place.hidden = false;
  const common = [EditorView.cspNonce.of(nonce), lineNumbers(), EditorView.lineWrapping];
  merge = new MergeView({
    parent: body,
    a: { doc: theirs, extensions: [...common, EditorState.readOnly.of(true), EditorView.contentAttributes.of({ "aria-label": t("conflict.theirs"), tabindex: "0" })] },
    b: { doc: merged, extensions: [...common, history(), keymap.of([...historyKeymap, ...defaultKeymap]), EditorView.contentAttributes.of({ "aria-label": t("conflict.mine"), tabindex: "0" })] },
    revertControls: "a-to-b",
    gutter: true,
  });
  for (const other of [...document.body.children]) if (other !== place && other.localName !== "script") other.inert = true;
  place.onkeydown = (event) => event.key === "Escape" && !event.defaultPrevented && close();
  first.focus();
}

function close() {
  if (!merge) return;
  merge.destroy();
  merge = null;
  byId("conflict").hidden = true;
  byId("conflict").replaceChildren();
  for (const other of document.body.children) other.inert = false;
  before?.focus?.();
}
