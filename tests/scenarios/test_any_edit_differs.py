"""Whatever node of a rule file is changed, `difference` does not say that nothing differs."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.language import nodes
from flowrules.language.nodes import Block, Kind, Literal, Name
from flowrules.language.operators import BY_OP, Operand, taking
from flowrules.language.printer import print_item
from flowrules.prose.read_back import read_back
from flowrules.scenarios.comparing.changed_parts import changed_parts
from flowrules.scenarios.comparing.difference import difference
from flowrules.source import read, source_from_text

FILES = sorted((Path(__file__).parents[2] / "rules").glob("*.rules"))
TEXTS = {path.stem: read(path)[0].text for path in FILES}


def load(text: str) -> RuleSet | None:
    return load_rules([source_from_text(text, "a.rules")]).ruleset


RULESETS = {name: rules for name, text in TEXTS.items() if (rules := load(text)) is not None}
Where = tuple[str | int, ...]


def places(node: Any, path: Where = ()) -> Iterator[Where]:
    """Every place in a node at which something can be changed or, of a sequence, left out."""
    if isinstance(node, tuple):
        for number, one in enumerate(node):
            if len(node) > 1:
                yield (*path, number, "left out")
            yield from places(one, (*path, number))
    elif isinstance(node, Literal | Name):
        yield path
    elif is_dataclass(node):
        for one in fields(node):
            if one.compare and one.name not in ("label", "block"):
                yield from places(getattr(node, one.name), (*path, one.name))
    elif isinstance(node, bool | int | Enum) or (node is not None and not isinstance(node, str)):
        yield path


def changed(node: Any, path: Where, data: st.DataObject) -> Any:
    match path:
        case ():
            return another(node, data)
        case (int() as at, "left out"):
            return (*node[:at], *node[at + 1 :])
        case (int() as at, *rest):
            return (*node[:at], changed(node[at], tuple(rest), data), *node[at + 1 :])
        case (str() as at, *rest):
            return replace(node, **{at: changed(getattr(node, at), tuple(rest), data)})


def another(value: Any, data: st.DataObject) -> Any:
    """Another value of the same kind."""
    match value:
        case Literal(kind=Kind.YESNO):
            return replace(value, value=not value.value, raw="")
        case Literal(kind=Kind.DATE, value=date() as day):
            return replace(value, value=day + timedelta(days=1), raw=(day + timedelta(days=1)).isoformat())
        case Literal(kind=Kind.TEXT | Kind.WORD, value=text):
            return replace(value, value=f"{text}x", raw=f"{text}x")
        case Literal(value=number):
            other = number + data.draw(st.integers(1, 3)) if isinstance(number, int) else number
            unit = "seconds" if value.kind is Kind.DURATION else ""
            return replace(value, value=other, raw=f"{other} {unit}".strip())
        case Name(text):
            return Name(f"{text}x")
        case bool():
            return not value
        case int():
            return value + 1
        case nodes.GuardWord():  # `when during H` and `during H` mean the same, and so it is with `outside`.
            other = {
                nodes.GuardWord.WHEN: nodes.GuardWord.UNLESS,
                nodes.GuardWord.UNLESS: nodes.GuardWord.WHEN,
            }
            assume(value in other)
            return other[value]
        case Enum():
            return data.draw(st.sampled_from([one for one in type(value) if one is not value]))
        case _:
            return value


@st.composite
def edits(draw: st.DrawFn) -> tuple[RuleSet, RuleSet]:
    """A rule set, and the same with one node changed in a way that its canonical text shows."""
    old = RULESETS[draw(st.sampled_from(sorted(RULESETS)))]
    blocks: list[Block] = [
        block
        for file in old.checked.files
        for block in file.blocks
        if not isinstance(
            block.item, nodes.Test | nodes.Promise | None
        )  # tests and promises change nothing in a call
    ]
    block = draw(st.sampled_from(blocks))
    path = draw(st.sampled_from(list(places(block.item)) or [()]))
    try:
        item = changed(block.item, path, draw(st.data()))
        said = print_item(item)
    except (TypeError, ValueError, IndexError, AttributeError):
        assume(False)
        raise
    text = block.source.text
    new = load(f"{text[: block.start]}{said}\n{text[block.end :]}")
    assume(new is not None)
    assert new is not None
    before = [print_item(one.item) for one in old.checked.files[0].blocks if one.item is not None]
    after = [print_item(one.item) for one in new.checked.files[0].blocks if one.item is not None]
    assume([one.casefold() for one in before] != [one.casefold() for one in after])
    return old, new


@given(edits())
@settings(max_examples=150, deadline=None)
def test_a_changed_node_is_a_changed_part(edit: tuple[RuleSet, RuleSet]) -> None:
    old, new = edit
    assert any(part.acts for part in changed_parts(old, new))
    assert changed_parts(new, new) == ()


@given(edits())
@settings(max_examples=10, deadline=None)
def test_a_changed_node_is_a_difference(edit: tuple[RuleSet, RuleSet]) -> None:
    old, new = edit
    assert difference(old, new).acts


def of_one_value(node: Any) -> Any:
    """With `is` in place of `is one of` where that has one value: they ask the same."""
    if isinstance(node, tuple):
        return tuple(map(of_one_value, node))
    if not is_dataclass(node) or isinstance(node, Literal | Name):
        return node
    if isinstance(node, nodes.Compare) and len(node.values) == 1:
        row = BY_OP[node.op]
        single = taking(row, Operand.ONE) if row.operand is Operand.MANY else None
        return replace(node, op=single.op if single else row.op)
    inner = {one.name: of_one_value(getattr(node, one.name)) for one in fields(node) if one.compare}
    return replace(node, **inner)  # type: ignore[type-var]


def meaning(rules: RuleSet) -> list[Any]:
    return [of_one_value(block.item) for block in rules.checked.files[0].blocks]


@given(edits())
@settings(max_examples=150, deadline=None)
def test_a_changed_node_is_another_page(edit: tuple[RuleSet, RuleSet]) -> None:
    old, new = edit
    assume(meaning(old) != meaning(new))
    assert read_back(old).digest != read_back(new).digest


@given(st.sampled_from(sorted(RULESETS)))
@settings(max_examples=10, deadline=None)
def test_the_formatters_own_spelling_is_no_difference(name: str) -> None:
    old = RULESETS[name]
    said = [print_item(block.item) for block in old.checked.files[0].blocks if block.item is not None]
    new = load("# Everything as it was.\n\n" + "\n\n".join(said))
    assert new is not None
    assert not difference(old, new).acts
