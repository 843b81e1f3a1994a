"""A rule set's own grammar: what may be added to it, in the formatter's spelling, with its names alone."""

from collections.abc import Iterable
from enum import StrEnum

from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import MAX_PATIENCE_SECONDS, MAX_WAIT_SECONDS
from flowrules.decoding.blocks import promise_rules, rail_rules, rule_rules
from flowrules.decoding.conditions import clause_rules, condition_rules
from flowrules.decoding.lexis import duration, pieces, seconds, texts
from flowrules.decoding.names import names_of
from flowrules.decoding.notation import Grammar, Ref, Repeat, alt, productive, seq
from flowrules.decoding.steps import step_rules
from flowrules.decoding.tests import test_rules


class Only(StrEnum):
    """What may be written."""

    RULES = "rules"
    RAILS = "rails"
    PROMISES = "promises"
    TESTS = "tests"


_ITEMS = {
    Only.RULES: ("rule", "one_liner"),
    Only.RAILS: ("named_rail", "rail"),
    Only.PROMISES: ("promise",),
    Only.TESTS: ("test",),
}


def grammar_of(scope: Scope, only: Iterable[Only] = ()) -> Grammar:
    """The grammar of a rule set: one item or several, a blank line between them. `only`: these kinds of items; none
    named: all."""
    names = names_of(scope)
    lexical = {**texts(names.facts), **pieces()}
    rules = {
        **lexical,
        "duration": duration(),
        "patience": seconds(MAX_PATIENCE_SECONDS),
        "short_time": seconds(MAX_WAIT_SECONDS),
        **condition_rules(names),
        **clause_rules(),
        **step_rules(names),
        **rule_rules(names),
        **rail_rules(),
        **promise_rules(),
        **test_rules(names),
    }
    wanted = tuple(only) or tuple(Only)
    rules["item"] = alt(*(Ref(name) for kind in Only if kind in wanted for name in _ITEMS[kind]))
    rules["start"] = seq(Ref("item"), Repeat(seq("\n", Ref("item"))))
    return productive(Grammar(rules, "start", frozenset(lexical)))
