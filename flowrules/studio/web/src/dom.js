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
  let at = to.firstChild;
  for (const wanted of [...from.childNodes]) {
    const there = counterpart(at, wanted);
    if (!there) {
      to.insertBefore(wanted, at);
      continue;
    }
    // One that stands where it is wanted is not moved: it would lose the focus.
    if (there === at) at = at.nextSibling;
    else to.insertBefore(there, at);
    if (there.nodeType === Node.ELEMENT_NODE) element(there, wanted);
    else if (there.data !== wanted.data) there.data = wanted.data;
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

const keyOf = (node) => node.dataset?.key ?? "";

/** The node that becomes the wanted one: that with its key, wherever it stands, or the next one of its kind without a key. */
function counterpart(at, wanted) {
  const key = keyOf(wanted);
  for (let one = at; one; one = one.nextSibling) {
    if (one.nodeName === wanted.nodeName && one.namespaceURI === wanted.namespaceURI && keyOf(one) === key) return one;
  }
  return null;
}

function element(to, from) {
  if (to.isEqualNode(from)) return;
  for (const { name } of [...to.attributes]) if (!from.hasAttribute(name) && name !== "open") to.removeAttribute(name);
  for (const { name, value } of [...from.attributes]) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
  if (to.localName === "input" || to.localName === "select") {
    if (to !== document.activeElement && from.hasAttribute("value") && to.defaultValue !== from.defaultValue) to.value = from.value;
    if (to.localName === "input") return;
  }
  children(to, from);
}
