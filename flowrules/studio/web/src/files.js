// The list on the left: files, and what stands in each.

import { byId, h } from "./dom.js";
import { t } from "./texts.js";

const MOST = 1000;

export class Files {
  /** `go(file, at)` shows a place. */
  constructor(go, create) {
    this.go = go;
    this.wanted = "";
    this.shown = "";
    this.find = h("input", { type: "search", placeholder: t("files.find"), "aria-label": t("files.find"), oninput: () => ((this.wanted = this.find.value.toLocaleLowerCase()), this.draw()) });
    this.list = h("div", { class: "list" });
    byId("files").append(this.find, this.list);
    byId("new-file").onclick = () => this.#new(create);
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const file = this.files.get(button.dataset.file);
      const block = button.dataset.block && file.blocks[Number(button.dataset.block)];
      this.go(file.name, block ? block[2] : 0);
    });
  }

  /** Show the files anew, where anything of them looks other than before. */
  draw(files = this.files, current = this.current, unread = this.unread) {
    Object.assign(this, { files, current, unread });
    const looks = [this.wanted, current?.name, unread, [...files.values()].map((file) => [file.name, file.edited, file.found.errors, file.found.warnings, file.blockCount, ...file.blocks.map((one) => [one[0], one[1], one[3], one[4]])])];
    const now = JSON.stringify(looks);
    if (now === this.shown) return;
    this.shown = now;
    const place = this.list.scrollTop;
    const focus = document.activeElement?.dataset?.id;
    this.list.replaceChildren(...[...files.values()].map((file) => this.#file(file)), ...(unread ?? []).map(({ file, message }) => h("p", { class: "unread" }, h("strong", {}, `${t("files.unread")}: ${file}`), h("br"), message)));
    this.list.scrollTop = place;
    if (focus) this.list.querySelector(`[data-id="${CSS.escape(focus)}"]`)?.focus();
  }

  #file(file) {
    const isCurrent = file === this.current;
    const { errors, warnings } = file.found;
    const health = errors ? mark("error", `${t("mark.error")}: ${errors}`, errors) : warnings ? mark("warning", `${t("mark.warning")}: ${warnings}`, warnings) : null;
    const head = h(
      "button",
      { type: "button", class: "file", "data-file": file.name, "data-id": file.name, "aria-current": isCurrent ? "true" : null },
      h("span", { class: "name" }, file.name),
      file.edited ? h("span", { class: "edited", title: t("files.changed") }, "●", h("span", { class: "aside" }, t("files.changed"))) : null,
      health,
    );
    const wanted = file.blocks.map((block, at) => [block, at]).filter(([block]) => block[1] !== "setting" && (!this.wanted || block[0].toLocaleLowerCase().includes(this.wanted)));
    const some = wanted.slice(0, MOST);
    const more = wanted.length - some.length + Math.max(file.blockCount - file.blocks.length, 0);
    if (!isCurrent && !this.wanted) return h("div", { class: "group" }, head);
    return h(
      "div",
      { class: "group" },
      head,
      h("ul", {}, ...some.map(([block, at]) => h("li", {}, this.#block(file, block, at)))),
      more > 0 ? h("p", { class: "soft" }, t("files.more", { count: more.toLocaleString() })) : null,
    );
  }

  #block(file, [name, kind, , worst, went], at) {
    return h(
      "button",
      { type: "button", "data-file": file.name, "data-block": at, "data-id": `${file.name}/${kind}/${name}` },
      h("span", { class: `kind k-${kind}` }, t(`kind.${kind}`)),
      h("span", { class: "name" }, name),
      worst ? mark(worst, t(`mark.${worst}`)) : went ? mark(went === "passed" ? "good" : "error", t(`mark.${went}`)) : null,
    );
  }

  #new(create) {
    const place = byId("new-file");
    const input = h("input", { type: "text", "aria-label": t("files.new.name"), placeholder: "refunds.rules" });
    const back = () => (form.replaceWith(place), place.focus());
    const form = h(
      "form",
      {
        class: "new",
        onsubmit: (event) => {
          event.preventDefault();
          const name = input.value.trim();
          if (name) create(name.endsWith(".rules") ? name : `${name}.rules`);
          back();
        },
        onkeydown: (event) => event.key === "Escape" && back(),
      },
      h("label", {}, t("files.new.name"), input),
      h("button", { type: "submit", class: "primary" }, t("files.new.create")),
      h("button", { type: "button", onclick: back }, t("files.new.cancel")),
    );
    place.replaceWith(form);
    input.focus();
  }
}

function mark(tone, words, count = "") {
  const sign = { error: "✕", warning: "!", good: "✓" }[tone];
  return h("span", { class: `sign ${tone}`, title: words }, h("span", { "aria-hidden": "true" }, count ? `${sign} ${count}` : sign), h("span", { class: "aside" }, words));
}
