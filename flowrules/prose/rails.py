"""Guard rails as sentences, numbered, and which of them the steps of a rule can meet."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.dispositions import disposition_choices
from flowrules.language.nodes import Before, Block, Guard, GuardWord, Never, Step
from flowrules.prose.conditions import guards
from flowrules.prose.defaults import default_disposition
from flowrules.prose.page import RailText
from flowrules.prose.reached import reached
from flowrules.prose.steps import Teller
from flowrules.prose.verb_names import verbs_in_words
from flowrules.verbs import words_under


class Rail(NamedTuple):
    """A rail in words, the verbs that it stands over, and the steps that it can bring."""

    text: RailText
    words: frozenset[str]
    reached: tuple[Step, ...]


def rails(checked: CheckedRules) -> tuple[Rail, ...]:
    """A rule set's rails: N1, N2 … say `never`, B1, B2 … `before`, in the order in which they are asked.

    Rails without a verb in common may be asked in any order: the first in the alphabet stands first, so that the order
    of files makes no difference.
    """
    never = [block for block in checked.rails if isinstance(block.item, Never)]
    before = [block for block in checked.rails if isinstance(block.item, Before)]
    return (*_numbered(never, "N", checked), *_numbered(before, "B", checked))


def _numbered(blocks: Iterable[Block], letter: str, checked: CheckedRules) -> Iterator[Rail]:
    told = list(dict.fromkeys(_rail(block, checked) for block in blocks))
    for number, rail in enumerate(_in_order(told), start=1):
        yield rail._replace(text=_with_number(rail.text, f"{letter}{number}"))


def _with_number(text: RailText, number: str) -> RailText:
    return replace(text, number=number)


def _in_order(rails: list[Rail]) -> Iterator[Rail]:
    """Of those that nothing left must stand before, always the one whose words come first."""
    left = list(rails)
    while left:
        free = [
            rail for at, rail in enumerate(left) if all(one.words.isdisjoint(rail.words) for one in left[:at])
        ]
        first = min(free, key=lambda rail: (rail.text.text, str(rail.text.steps)))
        left.remove(first)
        yield first


def _rail(block: Block, checked: CheckedRules) -> Rail:
    node = block.item
    assert isinstance(node, Never | Before)
    default = default_disposition(disposition_choices(None, checked.dispositions.get(block.source.path, ())))
    teller = Teller(checked, default, block.source.path in checked.as_written)
    words = frozenset(word for verb in node.verbs for word in words_under(verb.key))
    verbs = verbs_in_words(node.verbs, all_forms=True)
    name = "" if node.label is None else str(node.label.value)
    where = where_it_holds(node.guards)
    if isinstance(node, Before):
        text = RailText("", f"Before each step that is to {verbs}{where}", teller.steps(node.steps), name)
    else:
        instead = () if node.instead is None else teller.steps(node.instead)
        follows = (
            "Instead of that step, and of all that follow it"
            if instead
            else "A step that this forbids has failed"
        )
        text = RailText("", f"Never {verbs}{where}. {follows}", instead, name)
    return Rail(text, words, tuple(reached(node, checked)))


def rail_text(block: Block, checked: CheckedRules) -> RailText:
    """One rail in words, without a number."""
    return _rail(block, checked).text


def where_it_holds(nodes: tuple[Guard, ...]) -> str:
    """`unless` lifts a rail only where its condition says yes, so it is no mere "not"."""
    binds = guards(tuple(node for node in nodes if node.word is not GuardWord.UNLESS))
    lifts = [guards((Guard(GuardWord.WHEN, n.condition),)) for n in nodes if n.word is GuardWord.UNLESS]
    when = f" when {binds}" if binds else ""
    return when + (f", except when {', or when '.join(lifts)}" if lifts else "")


def met(numbered: Iterable[Rail], words: frozenset[str]) -> tuple[str, ...]:
    """The numbers of the rails that stand over these verbs."""
    return tuple(rail.text.number for rail in numbered if not rail.words.isdisjoint(words))
