"""From checked rules to a rule set: ids, revisions, and what a reload takes over."""

import copy
import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowrules import load, preview
from flowrules.analysis.check import check
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.overview import overview
from flowrules.compiler.ruleset import RuleSet
from flowrules.language.parse import parse
from flowrules.source import source_from_text

Compile = Callable[..., RuleSet]


def ids(ruleset: RuleSet) -> list[str]:
    return [rule.id for rule in ruleset.rules]


def test_a_named_rule_is_known_by_its_name(compiled: Compile) -> None:
    text = 'rule "Sales in OFFICE hours"\n  on go\n  hangup\nend\nrule विक्रय\n  on went\n  hangup\nend\n'
    assert ids(compiled(text)) == ["sales in office hours", "विक्रय"]


def test_an_unnamed_rule_is_known_by_what_it_says(compiled: Compile) -> None:
    written = compiled("on intent=sales when balance >= 500 hangup\n")
    respelled = compiled(
        "# moved\n\n\nON intent is Sales\n  when balance is at least 500   # enough\n  then hangup\n"
    )
    other = compiled("on intent=sales when balance >= 501 hangup\n")
    assert ids(written) == ids(respelled) != ids(other)
    assert re.fullmatch("[0-9a-f]{12}", ids(written)[0])


def test_rules_that_would_share_an_id_are_told_apart(compiled: Compile) -> None:
    file, _ = parse(source_from_text('also on go log "x"\n' * 3))
    checked, _ = check([file])
    rules = [block for block in file.blocks if block.item]
    one, two, three = ids(compile_rules(replace_rules(checked, rules)))
    assert (two, three) == (f"{one}-2", f"{one}-3")


def test_a_rule_tells_where_it_stands(compiled: Compile) -> None:
    ruleset = compiled("# first\n\non go hangup\n", 'rule "B"\n  on went\n  hangup\nend\n')
    places = [(ref.label, ref.file, ref.line) for ref in map(ruleset.ref, ruleset.rules)]
    assert places == [("on go hangup", "file1.rules", 3), ("B", "file2.rules", 1)]


def test_the_revision_follows_the_texts_and_their_order(compiled: Compile) -> None:
    one, two = "on go hangup\n", "on went hangup\n"
    assert compiled(one, two).revision == compiled(one, two).revision
    assert (
        len({compiled(*texts).revision for texts in ((one,), (one, two), (two, one), (one + "#\n", two))})
        == 4
    )


def test_equal_guards_are_compiled_once(compiled: Compile) -> None:
    ruleset = compiled("on go when x is 1 hangup\non went when x is 1 hangup\n")
    assert ruleset.rules[0].guard is ruleset.rules[1].guard


# --- a reload -----------------------------------------------------------------------------------------------

BLOCKS = [
    "on intent=sales when balance is at least 500 transfer queue q1\n",
    "on intent=sales transfer queue q2 otherwise hangup\n",
    'rule "Named"\n  on intent=billing\n  when x is in some\n  once per call\n  set_disposition\nend\n',
    'also on anything when x is 5 log "{x} said"\n',
    "urgent on said contains agent transfer to desk\n",
    "on intent=human 2 times hangup\n",
    "after 5 minutes do closing\n",
    "on ping when during office hangup\n",
    "never hangup when x is 7\n",
]
LISTS = ["list some is 1, 2\n", "list some is 1, 2, 3\n"]
DESKS = ["destination desk is queue d1\n", "destination desk is queue d2\n"]
STEPS = ['steps closing\n  say "Bye."\n  hangup\nend\n', "steps closing\n  hangup\nend\n"]
HOURS = ["hours office\n  mon 09:00 to 10:00\nend\n", "hours office\n  tue 09:00 to 10:00\nend\n"]
OTHERS = ["", "default disposition is DONE\n", "# a comment\n\n"]

FILES = st.tuples(
    st.sampled_from(LISTS), st.sampled_from(DESKS), st.sampled_from(STEPS), st.sampled_from(HOURS),
    st.sampled_from(OTHERS), st.lists(st.sampled_from(BLOCKS), max_size=9).map("".join),
).map(lambda parts: "timezone Asia/Kolkata\n" + "".join(parts))  # fmt: skip


def dump(ruleset: RuleSet) -> Any:
    steps = [(repr(rule.guard), repr(rule.steps), repr(rule.otherwise)) for rule in ruleset.rules]
    return overview(ruleset), steps


def replace_rules(checked: Any, rules: list[Any]) -> Any:
    from dataclasses import replace

    return replace(checked, rules=tuple(rules))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(FILES, FILES), min_size=2, max_size=4), st.sampled_from(["agent", "agent_queue"]))
def test_a_reload_gives_what_a_cold_load_gives(edits: list[tuple[str, str]], agent_type: str) -> None:
    previous = None
    for texts in edits:
        names = ("a.rules", "b.rules")
        files = [parse(source_from_text(text, name))[0] for text, name in zip(texts, names, strict=True)]
        checked, _ = check(files)
        warm = compile_rules(checked, agent_type=agent_type, previous=previous)
        assert dump(warm) == dump(compile_rules(checked, agent_type=agent_type))
        previous = compile_rules(checked, agent_type="agent", previous=previous)


def test_an_unchanged_rule_is_taken_over(compiled: Compile) -> None:
    def load(text: str, previous: RuleSet | None) -> RuleSet:
        checked, _ = check([parse(source_from_text(text, "a.rules"))[0]])
        return compile_rules(checked, previous=previous)

    first = load("on go when x is 1 hangup\non went hangup\n", None)
    second = load("# new\non went now hangup\non go when x is 1 hangup\n".replace(" now", ""), first)
    assert second.rules[1].steps is first.rules[0].steps
    assert second.rules[1].guard is first.rules[0].guard
    assert second.ref(second.rules[1]).line == 3


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_rule_set_is_copied_and_pickled_whole(twin: Callable[[RuleSet], RuleSet]) -> None:
    """For a pool of processes, or a cache: what it was compiled from goes, and is compiled again."""
    ruleset = load(Path(__file__).parents[2] / "rules", agent_type="agent_queue")
    other = twin(ruleset)
    assert (other.revision, other.agent_type, ids(other)) == (ruleset.revision, "agent_queue", ids(ruleset))
    now = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
    for event in ({"intent": "sales"}, {"said": "a lawyer"}, {"dtmf": "1"}, {"intent": "human"}):
        assert preview(other, event, at=now).plan == preview(ruleset, event, at=now).plan
