// Small helpers around elements. Text becomes text, never HTML.

/** An element: h("button", {class: "lead", onclick: f}, "words", other). */
export function h(tag, attributes = {}, ...parts) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...parts.filter((part) => part != null && part !== ""));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Make the children of `to` those of the HTML that the server sent, and keep every element that stays: whoever has the focus, a field that
 *  is being typed into, a part that was opened. */
export function morph(to, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  children(to, template.content);
}

function children(to, from) {
  const left = [...to.childNodes];
  for (const wanted of [...from.childNodes]) {
    const there = left.shift();
    if (!there) to.append(wanted);
    else if (there.nodeType !== wanted.nodeType || there.nodeName !== wanted.nodeName) there.replaceWith(wanted);
    else if (there.nodeType === Node.ELEMENT_NODE) element(there, wanted);
    else if (there.data !== wanted.data) there.data = wanted.data;
  }
  for (const gone of left) gone.remove();
}

function element(to, from) {
  if (to.isEqualNode(from)) return;
  const isOther = (to.dataset?.key ?? "") !== (from.dataset?.key ?? "");
  if (isOther || to.namespaceURI !== from.namespaceURI) {
    to.replaceWith(from);
    return;
  }
  for (const { name } of [...to.attributes]) if (!from.hasAttribute(name) && name !== "open") to.removeAttribute(name);
  for (const { name, value } of [...from.attributes]) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
  if (to.localName === "input" || to.localName === "select") {
    if (to !== document.activeElement && from.hasAttribute("value") && to.defaultValue !== from.defaultValue) to.value = from.value;
    if (to.localName === "input") return;
  }
  children(to, from);
}
