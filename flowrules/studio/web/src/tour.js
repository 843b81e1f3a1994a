// The tour: what is where, when the page is opened for the first time in this browser, or when somebody asks for it.

import { byId, h } from "./dom.js";
import { t } from "./texts.js";

const SEEN = "flowrules.tour";
/** Of each step: the parts of the page that it is about (the first that is to be seen), and the panel that it opens. */
const STEPS = [{ parts: [] }, { parts: ["left", "toggle-files"] }, { parts: ["editor"] }, { parts: ["below"] }, { parts: ["right"], panel: "try" }, { parts: ["right"], panel: "stories" }, { parts: ["save"] }];

export class Tour {
  #at = 0;
  #card = null;
  #before = null;

  /** `choose(panel)` opens a panel. */
  constructor(choose) {
    this.choose = choose;
    byId("tour-open").onclick = () => this.open();
  }

  /** Open it, unless it was closed here before. */
  begin() {
    try {
      if (!localStorage.getItem(SEEN)) this.open();
    } catch {
      // This browser keeps nothing: the tour would come each time.
    }
  }

  open() {
    if (this.#card) return;
    this.#before = document.activeElement;
    this.#at = 0;
    this.title = h("h2", { id: "tour-title" });
    this.text = h("p", { id: "tour-text" });
    this.count = h("span", { class: "soft" });
    this.back = h("button", { type: "button", onclick: () => this.#go(-1) }, t("tour.back"));
    this.next = h("button", { type: "button", class: "primary", onclick: () => this.#go(1) });
    this.#card = h(
      "div",
      { id: "tour", role: "dialog", "aria-labelledby": "tour-title", "aria-describedby": "tour-text", onkeydown: (event) => event.key === "Escape" && this.close() },
      h("div", { "aria-live": "polite" }, this.title, this.text),
      h("div", { class: "buttons" }, this.count, this.back, this.next, h("button", { type: "button", onclick: () => this.close() }, t("tour.close"))),
    );
    document.body.append(this.#card);
    this.#show();
    this.next.focus();
  }

  close() {
    this.#mark(null);
    this.#card?.remove();
    this.#card = null;
    try {
      localStorage.setItem(SEEN, "yes");
    } catch {
      // As above.
    }
    const back = this.#before?.isConnected && this.#before !== document.body ? this.#before : byId("editor").querySelector(".cm-content");
    back?.focus();
  }

  /** Where the focus goes on a walk through the parts of the page. */
  get place() {
    return this.#card && this.next;
  }

  #go(step) {
    this.#at += step;
    if (this.#at >= STEPS.length) this.close();
    else this.#show();
  }

  #show() {
    const { parts, panel } = STEPS[this.#at];
    const number = this.#at + 1;
    this.title.textContent = t(`tour.title.${number}`);
    this.text.textContent = t(`tour.text.${number}`);
    this.count.textContent = t("tour.count", { step: number, all: STEPS.length });
    this.next.textContent = t(number === STEPS.length ? "tour.done" : "tour.next");
    this.back.disabled = number === 1;
    if (number === 1 && this.#card.contains(document.activeElement)) this.next.focus();
    if (panel) this.choose(panel);
    this.#mark(parts.map(byId).find((one) => one.checkVisibility()) ?? null);
    this.#card.classList.toggle("high", parts.includes("below"));
    this.#card.classList.toggle("beside", parts.includes("right"));
  }

  #mark(part) {
    for (const one of document.querySelectorAll(".toured")) one.classList.remove("toured");
    part?.classList.add("toured");
  }
}
