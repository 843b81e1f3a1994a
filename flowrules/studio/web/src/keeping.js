// A list that is shown anew under somebody's hands: the focus stays where it was, or goes to what is nearest, never to nowhere.

const CAN = "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])";

/** Change what stands in `place`. Where what had the focus is gone, that which has its `data-id` or looks like it has it next, else
 *  what stood nearest to it: something of the same row, then what only leads somewhere, since Enter may be on its way already. */
export function keeping(place, change) {
  const had = document.activeElement;
  if (had === place || !place.contains(had)) {
    change();
    return;
  }
  const before = able(place);
  const at = before.indexOf(had);
  const names = before.map(nameOf);
  const row = rowOf(had);
  change();
  if (document.activeElement === had && !had.disabled) return;
  const there = able(place);
  const byName = new Map(there.map((one) => [nameOf(one), one]));
  const near = names.map((name, from) => [Math.abs(from - at), byName.get(name)]).filter(([, one]) => one);
  near.sort(([one], [other]) => one - other);
  const known = near.map(([, one]) => one);
  const next =
    (had.isConnected && !had.disabled && had) ||
    byName.get(names[at]) ||
    (row && known.find((one) => rowOf(one) === row)) ||
    known.find((one) => one.matches(".lead, .file")) ||
    known[0] ||
    there.find((one) => one.matches(".lead, .file")) ||
    there[Math.min(Math.max(at, 0), there.length - 1)];
  if (!next) place.tabIndex = -1;
  (next ?? place).focus({ preventScroll: next === had });
}

const able = (place) => [...place.querySelectorAll(CAN)].filter((one) => !one.disabled && one.checkVisibility());

/** A row keeps its name when it is made again. */
const rowOf = (one) => one.closest("[data-key]")?.dataset.key ?? "";

function nameOf(one) {
  const { id, act } = one.dataset;
  return id ?? [rowOf(one), one.localName, one.name ?? "", act ?? "", one.localName === "input" ? "" : one.textContent].join("\n");
}

/** Make the children of `list` those of `rows`, of which each has a `key` and what it looks like (`looks`): one that looks as before stays as
 *  it is. `make(row)` makes the element of one; each element has its row as `row`. */
export function arrange(list, rows, make) {
  const old = new Map([...list.children].map((one) => [one.row?.key, one]));
  const wanted = rows.map((row) => {
    const there = old.get(row.key);
    const one = there?.row.looks === row.looks ? there : make(row);
    one.row = row;
    return one;
  });
  const stays = new Set(wanted);
  for (const one of [...list.children]) if (!stays.has(one)) one.remove();
  let at = list.firstChild;
  for (const one of wanted) {
    // One that stands where it is wanted is not moved: it would lose the focus.
    if (one === at) at = at.nextSibling;
    else list.insertBefore(one, at);
  }
}
