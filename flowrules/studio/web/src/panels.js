// The panels at the right: tabs, and what the server sends of the one that is shown. Whatever is pressed in it goes to the server.

import { byId, h, morph } from "./dom.js";
import { keeping } from "./keeping.js";
import { t } from "./texts.js";

const CHOSEN = "flowrules.panel";

export class Panels {
  /** `go(file, {start, line})` shows a place: characters from the start, or a line from 1. */
  constructor(send, go) {
    this.send = send;
    this.go = go;
    this.names = [];
    this.name = "";
    this.body = byId("panel");
    this.body.addEventListener("click", (event) => this.#clicked(event));
    this.body.addEventListener("keydown", (event) => event.key === "Enter" && event.target.matches("[role=link]") && this.#clicked(event));
    this.body.addEventListener("submit", (event) => this.#submitted(event));
  }

  /** The panels that there are; the server has just been met. */
  begin(names) {
    if (names.join() !== this.names.join()) {
      this.names = names;
      byId("tabs").replaceChildren(
        ...names.map((name) => h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", onclick: () => this.choose(name), onkeydown: (event) => this.#key(event) }, t(`panel.${name}`))),
      );
    }
    const last = sessionStorage.getItem(CHOSEN);
    this.choose(this.names.includes(this.name) ? this.name : names.includes(last) ? last : names[0]);
  }

  choose(name) {
    if (name !== this.name) this.body.replaceChildren();
    this.name = name;
    sessionStorage.setItem(CHOSEN, name);
    for (const tab of byId("tabs").children) {
      const isChosen = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
    }
    this.body.setAttribute("aria-labelledby", `tab-${name}`);
    this.body.dataset.panel = name;
    this.send({ kind: "show", panel: name });
  }

  show({ panel, html }) {
    if (panel !== this.name) return;
    const ends = [...this.body.querySelectorAll("[data-end]")].map((one) => one.textContent.length);
    keeping(this.body, () => morph(this.body, html));
    [...this.body.querySelectorAll("[data-end]")].forEach((one, at) => {
      if (one.textContent.length !== ends[at]) one.scrollTop = one.scrollHeight;
    });
    this.body.dispatchEvent(new CustomEvent("shown"));
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = (this.names.indexOf(this.name) + step + this.names.length) % this.names.length;
    this.choose(this.names[at]);
    byId(`tab-${this.name}`).focus();
  }

  #clicked(event) {
    const lead = event.target.closest("[data-start], [data-line]");
    if (lead) {
      this.go(lead.dataset.file, lead.dataset);
      return;
    }
    const button = event.target.closest("[data-act]:not(form)");
    if (button) this.#act(button.dataset.act, fieldsOf(button.dataset));
  }

  #submitted(event) {
    event.preventDefault();
    const form = event.target;
    this.#act(form.dataset.act, Object.fromEntries(new FormData(form)));
    if (form.dataset.empties) for (const one of form.querySelectorAll("input")) one.value = "";
  }

  #act(act, fields) {
    this.send({ kind: "act", panel: this.name, act, fields });
  }
}

function fieldsOf(dataset) {
  const named = Object.entries(dataset).filter(([name]) => name.startsWith("field"));
  return Object.fromEntries(named.map(([name, value]) => [name.slice(5).toLowerCase(), value]));
}
