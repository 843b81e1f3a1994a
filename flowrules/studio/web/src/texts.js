// What the page says, in its language. The server put the texts into the page.

const all = JSON.parse(document.getElementById("texts").textContent);

/** A text with its places filled in: t("findings.go", {line: 3}). */
export function t(name, values = {}) {
  let text = all[name] ?? name;
  for (const [key, value] of Object.entries(values)) text = text.replaceAll(`{${key}}`, value);
  return text;
}

/** `name.one` for one of something, `name.many` else. */
export function counted(name, count, values = {}) {
  return t(`${name}.${count === 1 ? "one" : "many"}`, { count: count.toLocaleString(document.documentElement.lang), ...values });
}
