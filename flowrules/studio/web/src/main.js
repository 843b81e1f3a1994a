// The page: takes what the server sends, and tells it what is typed and pressed.

import { showConflict } from "./conflict.js";
import { Connection, takeKey } from "./connection.js";
import { byId, h } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Editor } from "./editor.js";
import { Files } from "./files.js";
import { Findings } from "./findings.js";
import { Panels } from "./panels.js";
import { counted, t } from "./texts.js";
import { Tour } from "./tour.js";

const SAID_FOR = 6000;
const LIST_PAUSE = 60;
const nonce = document.body.dataset.nonce;
const key = takeKey();
let kinds = [];
let unread = [];
let drafts = null;
let working = "";
let connection = null;
let drawing = false;
let listing = null;
let quiet = null;
/** What is said while a save is under way; "" while none is. */
let saving = "";
/** Whether the connection was lost since this page was opened. */
let wasLost = false;

const send = (message) => connection?.send(message);
const host = {
  send,
  ask: (...question) => connection.ask(...question),
  kinds: () => kinds,
  save: () => save(),
  opened(file) {
    const why = file.readonly ? h("span", { class: "soft" }, t("files.readonly", { why: file.readonly })) : null;
    const adds = ["rule", "test", "promise"].map((word) => h("button", { type: "button", onclick: () => editor.addBlock(word), title: t(`add.${word}.title`) }, t(`add.${word}`)));
    const tidy = h("button", { type: "button", onclick: () => editor.format(), title: "Shift+Alt+F" }, t("edit.format"));
    byId("file-head").replaceChildren(h("h2", {}, file.name), ...(why ? [why] : adds), tidy);
    draw();
  },
  changed(file) {
    drafts?.keep(file);
    draw();
  },
};
const editor = new Editor(byId("editor"), nonce, host);
const files = new Files((file, at) => {
  editor.go(file, at);
  document.body.classList.remove("files-open");
}, create);
const findings = new Findings(
  (file, from, to) => editor.go(file, from, to),
  (file, fix) => {
    editor.edit(fix.edits, { reason: fix.reason });
    say(t("edit.done", { what: fix.title }));
  },
);
const panels = new Panels(send, show);
const tour = new Tour((name) => panels.choose(name));

/** A place that the server names: a line from 1, or characters from the start. */
function show(name, { line, start }) {
  const file = editor.files.get(name);
  if (!file) return;
  const { doc } = file.state;
  if (!line) editor.go(name, units(file.text, Number(start)));
  else {
    const { from, to } = doc.line(Math.min(Math.max(Number(line), 1), doc.lines));
    editor.go(name, from, to);
  }
}

function units(text, characters) {
  let at = 0;
  for (const letter of text) {
    if (characters-- <= 0) break;
    at += letter.length;
  }
  return at;
}

/** Show what has changed, once before the next frame. */
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    // The list on the left may be long, and nobody who types looks at it.
    clearTimeout(listing);
    listing = setTimeout(() => files.draw(editor.files, editor.current, unread), LIST_PAUSE);
    findings.draw(editor.files, editor.current, working);
    const edited = [...editor.files.values()].filter((file) => file.edited).length;
    const state = saving ? t(saving) : edited ? counted("save.unsaved", edited) : editor.files.size ? t("save.saved") : "";
    if (byId("state").textContent !== state) byId("state").textContent = state;
    byId("save").disabled = !edited || Boolean(saving) || !connection?.isOpen;
    document.title = `${edited ? "● " : ""}${byId("name").textContent} – ${t("page.title")}`;
  });
}

function say(words) {
  byId("said").textContent = words;
  byId("said").classList.add("shown");
  clearTimeout(quiet);
  quiet = setTimeout(() => byId("said").classList.remove("shown"), SAID_FOR);
}

/** A sentence above all else, until it is closed or no longer true. */
function banner(words, tone = "warning", ...buttons) {
  const place = byId("banner");
  // What stands there already is not said again.
  if (words && !place.hidden && !buttons.length && place.textContent === words) return;
  const held = place.contains(document.activeElement);
  place.hidden = !words;
  place.className = tone;
  place.replaceChildren(words ? h("p", {}, words) : "", ...buttons);
  if (held) (buttons.at(-1) ?? editor.view.contentDOM).focus();
}

function save(losses = false) {
  saving = "save.sending";
  send({ kind: "save", losses_are_meant: losses });
  draw();
}

function create(name) {
  if (editor.files.has(name)) editor.open(name);
  else send({ kind: "new", file: name });
}

const taken = {
  welcome({ name, id, kinds: some, panels: names, files: told, unread: others, one_file: isOne }) {
    kinds = some;
    unread = others;
    byId("name").textContent = name;
    byId("new-file").hidden = isOne;
    const isFirst = drafts === null;
    drafts = new Drafts(id);
    for (const one of told) meet(one, isFirst);
    for (const file of [...editor.files.values()]) {
      if (told.some((one) => one.file === file.name)) continue;
      if (file.edited) resend(file);
      else editor.remove(file.name);
    }
    if (isFirst) for (const file of drafts.names()) if (!editor.files.has(file)) restore(editor.add({ file, text: "", digest: "", readonly: "" }));
    if (!editor.current && told.length) editor.open(told[0].file);
    panels.begin(names);
    document.body.dataset.ready = "yes";
    if (wasLost) {
      wasLost = false;
      say(t("lost.back"));
    }
    if (isFirst) tour.begin();
    draw();
  },
  file({ file: told }) {
    meet(told, false);
    if (!told.digest) {
      editor.open(told.file);
      editor.focus();
    }
    draw();
  },
  gone({ file }) {
    editor.remove(file);
    drafts.drop(file);
    say(t("disk.gone", { file }));
    draw();
  },
  findings(found) {
    const file = editor.files.get(found.file);
    if (file && editor.show(file, found)) draw();
  },
  blocks(told) {
    const file = editor.files.get(told.file);
    if (file && editor.outline(file, told)) draw();
  },
  panel: (told) => panels.show(told),
  resend({ file }) {
    const known = editor.files.get(file);
    if (known) resend(known);
  },
  disk({ file: name, version, text, digest }) {
    const file = editor.files.get(name);
    if (!file) return;
    if (version !== file.version) {
      send({ kind: "mine", file: name });
      return;
    }
    editor.replace(file, text);
    file.digest = digest;
    send({ kind: "took", file: name, digest });
    say(t("disk.taken", { file: name }));
  },
  digests({ files: digests, unsaved, versions }) {
    for (const [name, digest] of Object.entries(digests)) {
      const file = editor.files.get(name);
      if (!file) continue;
      file.digest = digest;
      // What was typed since is not known there yet.
      file.edited = unsaved.includes(name) || versions[name] !== file.version;
      drafts.keep(file);
    }
    draw();
  },
  conflict(told) {
    const file = editor.files.get(told.file);
    if (!file) return;
    showConflict(told, nonce, (text, digest) => {
      editor.replace(file, text, { undoable: true });
      file.digest = digest;
      send({ kind: "took", file: file.name, digest });
      editor.open(file.name);
      editor.focus();
    });
  },
  edit({ edits, versions, text }) {
    if (Object.entries(versions).some(([name, version]) => editor.files.get(name)?.version !== version)) return;
    editor.edit(edits, { map: false });
    if (text) say(text);
  },
  saving() {
    saving = "save.checking";
    banner("");
    draw();
  },
  saved({ text }) {
    saving = "";
    banner("");
    say(text);
    draw();
  },
  not_saved({ text, losses }) {
    saving = "";
    const all = losses ? [h("button", { type: "button", class: "primary", onclick: () => (banner(""), save(true)) }, t("save.losses"))] : [];
    banner(text, "warning", ...all, h("button", { type: "button", onclick: () => banner("") }, t("save.close")));
    draw();
  },
  said: ({ text }) => say(text),
  go: ({ file, line }) => show(file, { line }),
  work({ text, checks }) {
    working = text && (checks ? t("findings.checking") : t("findings.playing"));
    document.body.classList.toggle("working", Boolean(text));
    draw();
  },
};

/** A file as the server has it, which this tab may have already. */
function meet(told, isFirst) {
  const file = editor.files.get(told.file);
  if (!file) {
    const added = editor.add(told);
    if (isFirst) restore(added);
  } else if (file.edited && file.text !== told.text) resend(file);
  else {
    editor.replace(file, told.text, { known: true });
    file.version = 0;
    file.digest = told.digest;
    file.edited = false;
  }
}

/** What was typed before this page was closed. */
function restore(file) {
  const left = drafts.left(file.name);
  if (!left || left.text === file.text) return;
  editor.replace(file, left.text, { known: true });
  file.digest = left.digest;
  file.edited = true;
  resend(file);
}

function resend(file) {
  file.version++;
  send({ kind: "text", file: file.name, version: file.version, text: file.text, digest: file.digest });
}

byId("save").onclick = () => save();
byId("undo").onclick = () => editor.undo();
byId("redo").onclick = () => editor.redo();
byId("toggle-files").onclick = () => {
  const isOpen = document.body.classList.toggle("files-open");
  byId("toggle-files").setAttribute("aria-expanded", isOpen);
};
byId("wide").onclick = () => {
  const isWide = document.body.classList.toggle("wide");
  byId("wide").setAttribute("aria-pressed", isWide);
};
byId("language").onchange = ({ target }) => (location.search = `?language=${encodeURIComponent(target.value)}`);
document.querySelector(".skip").onclick = (event) => (event.preventDefault(), editor.focus());
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    if (!byId("save").disabled) save();
  } else if (event.key === "F6") {
    event.preventDefault();
    walk(event.shiftKey ? -1 : 1);
  } else if (event.key === "F8" && !editor.view.hasFocus) {
    event.preventDefault();
    editor.next();
  }
});

/** From one part of the page to the next. */
function walk(step) {
  const parts = [tour.place, byId("left").querySelector("input"), editor.view.contentDOM, byId("findings").querySelector("button"), byId("tabs").querySelector("[aria-selected=true]"), byId("panel")];
  const there = parts.filter((part) => part?.checkVisibility?.());
  const at = there.findIndex((part) => part === document.activeElement || part.closest("nav,#editor,#below,#tabs,#tour")?.contains(document.activeElement));
  there[(at + step + there.length) % there.length]?.focus();
}

if (key) {
  connection = new Connection(
    key,
    (message) => taken[message.kind]?.(message),
    (state) => {
      document.body.classList.toggle("lost", state !== "open");
      saving = "";
      if (state === "open") banner("");
      else {
        wasLost = true;
        const name = state === "other" ? "lost.other" : document.body.dataset.ready ? "lost.connection" : "lost.refused";
        banner(t(name));
      }
      draw();
    },
  );
} else banner(t("lost.key"), "bad");
addEventListener("beforeunload", (event) => {
  if (!connection?.isOpen && [...editor.files.values()].some((file) => file.edited)) event.preventDefault();
});
