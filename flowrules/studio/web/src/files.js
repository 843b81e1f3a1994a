// The list on the left: files, and what stands in each.

import { byId, h } from "./dom.js";
import { keeping } from "./keeping.js";
import { t } from "./texts.js";

const MOST = 1000;

export class Files {
  /** `go(file, at)` shows a place. */
  constructor(go, create) {
    this.go = go;
    this.wanted = "";
    this.groups = new Map();
    this.find = h("input", { type: "search", placeholder: t("files.find"), "aria-label": t("files.find"), oninput: () => ((this.wanted = this.find.value.toLocaleLowerCase()), this.draw()) });
    this.list = h("div", { class: "list" });
    byId("files").append(this.find, this.list);
    byId("new-file").onclick = () => this.#new(create);
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const file = this.files.get(button.dataset.file);
      const row = button.closest("li");
      this.go(file.name, row ? file.placeOf(file.blocks[row.at]) : 0);
    });
  }

  /** Show the files anew: of the elements, only those that look other than before are made again. */
  draw(files = this.files, current = this.current, unread = this.unread) {
    Object.assign(this, { files, current, unread });
    keeping(this.list, () => {
      for (const name of this.groups.keys()) if (!files.has(name)) this.groups.delete(name);
      const parts = [...files.values()].map((file) => this.#file(file));
      const others = (unread ?? []).map(({ file, message }) => h("p", { class: "unread" }, h("strong", {}, `${t("files.unread")}: ${file}`), h("br"), message));
      const names = JSON.stringify([[...files.keys()], unread]);
      if (names !== this.names) this.list.replaceChildren(...parts, ...others);
      this.names = names;
    });
  }

  /** The group of a file: what it is called and how it is, and its blocks. */
  #file(file) {
    let group = this.groups.get(file.name);
    if (!group) this.groups.set(file.name, (group = h("div", { class: "group" })));
    const isCurrent = file === this.current;
    const { errors, warnings } = file.found;
    const looks = JSON.stringify([isCurrent, file.edited, errors, warnings]);
    if (group.looks !== looks) {
      const head = this.#head(file, isCurrent, errors, warnings);
      if (group.firstChild) group.firstChild.replaceWith(head);
      else group.append(head);
      group.looks = looks;
    }
    if (!isCurrent && !this.wanted) {
      while (group.childNodes.length > 1) group.lastChild.remove();
      return group;
    }
    const rows = [];
    const times = new Map();
    let more = Math.max(file.blockCount - file.blocks.length, 0);
    file.blocks.forEach((block, at) => {
      if (block[1] === "setting" || (this.wanted && !block[0].toLocaleLowerCase().includes(this.wanted))) return;
      // Two of one name are told apart by their order.
      const id = `${file.name}/${block[1]}/${block[0]}`;
      const number = times.get(id) ?? 0;
      times.set(id, number + 1);
      if (rows.length < MOST) rows.push({ block, at, id: `${id}/${number}`, looks: `${block[1]}|${block[3]}|${block[4]}|${number}|${block[0]}` });
      else more++;
    });
    const list = group.querySelector("ul") ?? group.appendChild(h("ul"));
    fill(list, rows, ({ block, id }) => h("li", {}, this.#block(file, block, id)));
    const said = more > 0 ? t("files.more", { count: more.toLocaleString() }) : "";
    const last = group.querySelector("p") ?? group.appendChild(h("p", { class: "soft" }));
    if (last.textContent !== said) last.textContent = said;
    last.hidden = !said;
    return group;
  }

  #head(file, isCurrent, errors, warnings) {
    const health = errors ? mark("error", `${t("mark.error")}: ${errors}`, errors) : warnings ? mark("warning", `${t("mark.warning")}: ${warnings}`, warnings) : null;
    return h(
      "button",
      { type: "button", class: "file", "data-file": file.name, "data-id": file.name, "aria-current": isCurrent ? "true" : null },
      h("span", { class: "name" }, file.name),
      file.edited ? h("span", { class: "edited", title: t("files.changed") }, "●", h("span", { class: "aside" }, t("files.changed"))) : null,
      health,
    );
  }

  #block(file, [name, kind, , worst, went], id) {
    return h(
      "button",
      { type: "button", "data-file": file.name, "data-id": id },
      h("span", { class: `kind k-${kind}` }, t(`kind.${kind}`)),
      h("span", { class: "name" }, name),
      worst ? mark(worst, t(`mark.${worst}`)) : went ? mark(went === "failed" ? "error" : "good", t(`mark.${went}`)) : null,
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

/** Make the rows of a list: what is the same at its beginning and at its end stays. */
function fill(list, rows, make) {
  const old = [...list.children];
  const least = Math.min(old.length, rows.length);
  let start = 0, end = 0;
  while (start < least && old[start].looks === rows[start].looks) start++;
  while (end < least - start && old[old.length - 1 - end].looks === rows[rows.length - 1 - end].looks) end++;
  const behind = old[old.length - end] ?? null;
  for (const gone of old.slice(start, old.length - end)) gone.remove();
  for (const row of rows.slice(start, rows.length - end)) {
    const made = make(row);
    made.looks = row.looks;
    list.insertBefore(made, behind);
  }
  [...list.children].forEach((one, number) => (one.at = rows[number].at));
}

function mark(tone, words, count = "") {
  const sign = { error: "✕", warning: "!", good: "✓" }[tone];
  return h("span", { class: `sign ${tone}`, title: words }, h("span", { "aria-hidden": "true" }, count ? `${sign} ${count}` : sign), h("span", { class: "aside" }, words));
}
