"""Promises as sentences, numbered by their names, and which of them speak of what a rule sends."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from flowrules.analysis.model.checked import CheckedRules
from flowrules.language.nodes import Absence, Existence, Precedence, Promise, Promised, Response, Universality
from flowrules.prose.conditions import condition
from flowrules.prose.page import PromiseText
from flowrules.prose.rails import where_it_holds
from flowrules.prose.triggers import occurrence
from flowrules.prose.values import duration
from flowrules.prose.verb_names import verbs_in_words
from flowrules.verbs import words_under


class Numbered(NamedTuple):
    """A promise in words, and the steps that it speaks of, as they are named there."""

    text: PromiseText
    words: frozenset[str]


def promises(checked: CheckedRules) -> tuple[Numbered, ...]:
    """P1, P2 … in the order of their names: promises may stand in any order."""
    found = {
        (str(one.label.value), promise_sentence(one.pattern)): _words(one.pattern) for one in _items(checked)
    }
    return tuple(
        Numbered(PromiseText(f"P{number}", name, text), found[name, text])
        for number, (name, text) in enumerate(sorted(found), start=1)
    )


def spoken_of(numbered: Iterable[Numbered], words: frozenset[str]) -> tuple[str, ...]:
    """The numbers of the promises that speak of these steps."""
    return tuple(one.text.number for one in numbered if not one.words.isdisjoint(words))


def _items(checked: CheckedRules) -> Iterator[Promise]:
    for block in checked.promises:
        assert isinstance(block.item, Promise)
        yield block.item


def promise_sentence(node: Promised) -> str:
    """What a promise says must hold in every call."""
    match node:
        case Existence(asked):
            return f"At the end of every call, {condition(asked)}."
        case Absence(verbs, guards):
            return f"No step is to {verbs_in_words(verbs, all_forms=True)}{where_it_holds(guards)}."
        case Precedence(verbs, asked):
            return f"Each time a step is to {verbs_in_words(verbs, all_forms=True)}, {condition(asked)}."
        case Universality(during, asked):
            return f"As long as {condition(during)}, {condition(asked)}."
        case Response():
            return _response(node)
        case _:
            assert_never(node)


def _response(node: Response) -> str:
    after = f"After {f'a step to {verbs_in_words(node.verbs)}' if node.on is None else occurrence(node.on)}"
    by = "before the call ends" if node.within is None else f"within {duration(node.within)}"
    end = ", or the call ends" if node.or_end else ""
    where = where_it_holds(node.guards)
    return f"{after}{where}, {by} comes a step to {verbs_in_words(node.answers)}{end}."


def _words(node: Promised) -> frozenset[str]:
    match node:
        case Absence(verbs=verbs) | Precedence(verbs=verbs):
            return frozenset(word for name in verbs for word in words_under(name.key))
        case Response(verbs=verbs, answers=answers):
            return frozenset(name.key for name in (*verbs, *answers))
        case Existence() | Universality():
            return frozenset()
        case _:
            assert_never(node)
