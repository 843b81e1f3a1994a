// The list below the editor: all that is found, of the file in the editor first.

import { byId, h } from "./dom.js";
import { arrange, keeping } from "./keeping.js";
import { counted, t } from "./texts.js";

const MOST = 60;

export class Findings {
  /** `go(file, from, to)` shows a place, `fix(file, fix)` carries one out. */
  constructor(go, fix) {
    this.go = go;
    this.fix = fix;
    this.list = byId("findings");
    this.scroller = byId("below");
  }

  draw(files, current, working) {
    const ordered = [...files.values()].sort((one, other) => (other === current) - (one === current));
    const all = ordered.flatMap((file) => file.found.findings.map((finding) => [file, finding]));
    const open = all.filter(([, one]) => one.severity !== "answered");
    const rank = { error: 0, warning: 1 };
    open.sort(([, one], [, other]) => rank[one.severity] - rank[other.severity]);
    const total = ordered.reduce((sum, file) => sum + file.found.errors + file.found.warnings, 0);
    const count = total ? counted("findings.count", total) : working || t("findings.none");
    if (byId("count").textContent !== count) byId("count").textContent = count;
    this.scroller.classList.toggle("clean", !total);
    const rows = rowsOf(open.slice(0, MOST), current);
    const more = total - rows.length;
    if (more > 0) rows.push({ key: "more", looks: String(more), more });
    const isSameFile = this.current === current;
    this.current = current;
    const top = this.#top();
    keeping(this.list, () => {
      const opened = new Set([...this.list.querySelectorAll("details[open]")].map((one) => one.dataset.of));
      arrange(this.list, rows, (row) => (row.one ? this.#finding(row, opened) : h("li", { class: "soft" }, t("findings.more", { count: more.toLocaleString() }))));
    });
    if (!isSameFile) this.scroller.scrollTop = 0;
    else this.#stay(top);
  }

  /** The finding that is at the top of what is to be seen, and where it stands; null where nothing was scrolled. */
  #top() {
    if (!this.scroller.scrollTop) return null;
    const edge = this.scroller.getBoundingClientRect().top;
    const one = [...this.list.children].find((child) => child.getBoundingClientRect().bottom > edge);
    return one ? { key: one.row.key, at: one.getBoundingClientRect().top } : null;
  }

  /** Whoever reads on finds that finding where it was. Where it is gone the list begins anew, but for who stands in it. */
  #stay(top) {
    if (!top) return;
    const one = [...this.list.children].find((child) => child.row.key === top.key);
    if (one) this.scroller.scrollTop += one.getBoundingClientRect().top - top.at;
    else if (!this.list.contains(document.activeElement)) this.scroller.scrollTop = 0;
  }

  #finding(row, opened) {
    const { key, file, one, isHere } = row;
    const place = isHere ? t("findings.go", { line: one.line }) : `${file.name}, ${t("findings.go", { line: one.line }).toLowerCase()}`;
    const more = one.story.length || one.why;
    // The finding may have moved in the text since this was made: its row is the newest.
    const go = () => {
      const { file, one } = made.row;
      const now = (at) => file.since.mapPos(Math.min(at, file.since.length));
      this.go(file.name, now(one.from), now(one.to));
    };
    const made = h(
      "li",
      { class: one.severity, "data-key": key },
      h("span", { class: `badge ${one.severity}` }, t(`findings.${one.severity}`)),
      h(
        "div",
        {},
        h("p", { class: "message" }, one.message),
        one.hint ? h("p", { class: "soft" }, one.hint) : null,
        h(
          "p",
          { class: "buttons" },
          ...one.fixes.map((fix, at) => h("button", { type: "button", class: fix.mends ? "primary" : "", "data-id": `${key}/${fix.title}`, onclick: () => this.fix(made.row.file, made.row.one.fixes[at]) }, fix.title)),
          h("button", { type: "button", class: "lead", "data-id": key, onclick: go }, place),
        ),
        more
          ? h(
              "details",
              { "data-of": key, open: opened.has(key) },
              h("summary", { "data-id": `${key}/more` }, one.story.length ? t("findings.story") : t("findings.why")),
              one.story.length ? h("ol", {}, ...one.story.map((line) => h("li", {}, line))) : null,
              one.why ? h("p", { class: "soft" }, one.why) : null,
            )
          : null,
      ),
    );
    return made;
  }
}

/** A row for each finding. Its key tells apart findings that say the same of several places; what it looks like leaves out the offsets. */
function rowsOf(found, current) {
  const times = new Map();
  return found.map(([file, one]) => {
    const said = `${file.name}/${one.code}/${one.message}`;
    const number = times.get(said) ?? 0;
    times.set(said, number + 1);
    const { from, to, fixes, ...shown } = one;
    const isHere = file === current;
    return { key: `${said}/${number}`, looks: JSON.stringify([isHere, shown, fixes.map(({ title, mends }) => [title, mends])]), file, one, isHere };
  });
}
