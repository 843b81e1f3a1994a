// The list below the editor: all that is found, of the file in the editor first.

import { byId, h } from "./dom.js";
import { counted, t } from "./texts.js";

const MOST = 60;

export class Findings {
  /** `go(file, from, to)` shows a place, `fix(file, fix)` carries one out. */
  constructor(go, fix) {
    this.go = go;
    this.fix = fix;
    this.shown = "";
    this.list = byId("findings");
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
    byId("below").classList.toggle("clean", !total);
    const some = open.slice(0, MOST);
    const now = JSON.stringify([current?.name, total, some.map(([file, one]) => [file.name, one])]);
    if (now === this.shown) return;
    this.shown = now;
    const focus = document.activeElement?.dataset?.id;
    const opened = new Set([...this.list.querySelectorAll("details[open]")].map((one) => one.dataset.id));
    const more = total - some.length;
    this.list.replaceChildren(
      ...some.map(([file, one]) => this.#finding(file, one, file === current, opened)),
      ...(more > 0 ? [h("li", { class: "soft" }, t("findings.more", { count: more.toLocaleString() }))] : []),
    );
    if (focus) this.list.querySelector(`[data-id="${CSS.escape(focus)}"]`)?.focus();
  }

  #finding(file, one, isHere, opened) {
    const key = `${file.name}/${one.code}/${one.message}`;
    const place = isHere ? t("findings.go", { line: one.line }) : `${file.name}, ${t("findings.go", { line: one.line }).toLowerCase()}`;
    const more = one.story.length || one.why;
    const now = () => [file.since.mapPos(Math.min(one.from, file.since.length)), file.since.mapPos(Math.min(one.to, file.since.length))];
    return h(
      "li",
      { class: one.severity },
      h("span", { class: `badge ${one.severity}` }, t(`findings.${one.severity}`)),
      h(
        "div",
        {},
        h("p", { class: "message" }, one.message),
        one.hint ? h("p", { class: "soft" }, one.hint) : null,
        h(
          "p",
          { class: "buttons" },
          ...one.fixes.map((fix) => h("button", { type: "button", class: fix.mends ? "primary" : "", "data-id": `${key}/${fix.title}`, onclick: () => this.fix(file, fix) }, fix.title)),
          h("button", { type: "button", class: "lead", "data-id": key, onclick: () => this.go(file.name, ...now()) }, place),
        ),
        more
          ? h(
              "details",
              { "data-id": `${key}/more`, open: opened.has(`${key}/more`) },
              h("summary", {}, one.story.length ? t("findings.story") : t("findings.why")),
              one.story.length ? h("ol", {}, ...one.story.map((line) => h("li", {}, line))) : null,
              one.why ? h("p", { class: "soft" }, one.why) : null,
            )
          : null,
      ),
    );
  }
}
