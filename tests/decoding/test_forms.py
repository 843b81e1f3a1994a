"""Every form of the language is in the exported grammar: a form that it does not write has its reason here."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from flowrules.analysis.gather import gather
from flowrules.decoding import conditions, steps
from flowrules.decoding.export import Reader, exported
from flowrules.decoding.grammar import grammar_of
from flowrules.decoding.sample import Sampler
from flowrules.language.nodes import Op
from flowrules.language.operators import BY_OP, OPERATORS
from flowrules.language.parse import parse
from flowrules.language.parser.grammar import tables
from flowrules.language.parser.lalr import read_tree
from flowrules.language.parser.tables import Reduction
from flowrules.language.parser.tree import Token, Tree
from flowrules.source import source_from_text
from flowrules.verbs.form import form

from .forms import RULES
from .gbnf import Recogniser

DECLARED = (
    "timezone order_as_written only_declared event_def fact_def fact_def_only type_named type_yesno type_one_of "
    "list_def allow_numbers allow_sip allow_audio default_disposition default_disposition_for destination "
    "destination_map dest_row dest_otherwise hours open_week open_date closed_on holidays openings opening days "
    "day_range steps"
).split()
"""Declarations are the rule set's own: a model does not write them again."""
SAMPLES = {"item": 2_000, "test": 5_000}
"""How many texts are drawn, by the rule: tests have the most forms."""


def nodes(tree: Tree[Token]) -> Iterator[str]:
    yield str(tree.data)
    for child in tree.children:
        if isinstance(child, Tree):
            yield from nodes(child)


def test_every_form_is_written_but_declarations() -> None:
    file, findings = parse(source_from_text(RULES, "forms.rules"))
    assert findings == ()
    sampler = Sampler(grammar_of(gather([file])), Random(19))
    seen: set[str] = set()
    for rule, count in SAMPLES.items():
        for _ in range(count):
            tree = read_tree(sampler.draw(rule))
            assert tree is not None
            seen.update(nodes(tree))
    made = {
        one.name
        for row in tables().actions
        for one in row.values()
        if isinstance(one, Reduction) and not one.unwraps
    }
    known = {name for name in made if not name.startswith("_")}
    assert known - seen == set(DECLARED)


SMALL = "fact balance is number\non intent=sales transfer queue sales\n"


def _small() -> Recogniser:
    file = parse(source_from_text(SMALL, "small.rules"))[0]
    return Recogniser(exported(grammar_of(gather([file])), Reader.GBNF))


def test_a_new_comparison_is_in_the_grammar_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = "on intent=sales when balance is far above 5 stop\n"
    assert not _small()(rule)
    row = replace(BY_OP[Op.GT], words="is far above")
    monkeypatch.setattr(conditions, "OPERATORS", (*OPERATORS, row))
    assert _small()(rule)


def test_a_new_form_of_a_verb_is_in_the_grammar_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = 'on intent=sales unhold slowly with music "a"\n'
    assert not _small()(rule)
    made = form("unhold [slowly] with music <text:text>")
    monkeypatch.setattr(steps, "FORMS", {**steps.FORMS, "verb_unhold_1": ("unhold", made)})
    assert _small()(rule)
    assert _small()(rule.replace(" slowly", ""))


def test_rules_without_a_name_have_a_grammar() -> None:
    nothing = Recogniser(exported(grammar_of(gather([])), Reader.GBNF))
    assert nothing('rule "A"\n  on anything\n  say "Hello."\n  hangup\nend\n')
    assert not nothing('rule "A"\n  on anything\n  transfer queue sales\nend\n')
    assert not nothing('rule "A"\n  on anything\n  during office\n  stop\nend\n')
