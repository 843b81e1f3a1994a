"""What findings claim about rules, held against the engine that decides."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.analysis.check import check
from flowrules.analysis.gather import gather
from flowrules.analysis.model.report import Report
from flowrules.analysis.valid_rules import valid_rules
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes import logic
from flowrules.diagnostics.diagnostic import Diagnostic
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.decision import Outcome
from flowrules.engine.event import make_event
from flowrules.engine.state import start_call
from flowrules.language.nodes import FactType, RuleFile
from flowrules.language.operators import OPERATORS
from flowrules.language.values import Value

Parse = Callable[..., tuple[RuleFile, ...]]

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DECLARED = """\
timezone UTC
hours office
  mon to fri 09:00 to 17:00
end
list vips is gold, silver
"""
VOCABULARY = """\
fact intent is one of sales, billing, human
fact age is number
fact tier is text
fact sampled is text
fact member is yes/no
fact dtmf is text
event payment_done
"""
SAMPLED = [f"sampled {row.words} {row.sample.operand}" for row in OPERATORS if FactType.TEXT in row.types]
"""Every comparison of the table that a text can be asked."""
SAMPLES = [value for row in OPERATORS for value in (*row.sample.met_by, *row.sample.missed_by)]
TESTS = st.sampled_from(
    [
        *SAMPLED,
        "intent=sales", "intent=sales", "intent=sales", "intent=sales", "intent=billing", "intent is one of sales, billing", "intent is one of sales, human",
        "intent is not sales", "intent", "dtmf=1", "dtmf is one of 1, 2", "age > 10", "age <= 10", "age > 20",
        "payment_done", 'said contains "gold"', 'said contains any of "gold", "silver"', "said",
    ]
)  # fmt: skip
ASKED = st.sampled_from(
    [
        *SAMPLED,
        "age < 18", "age > 18", "age >= 18", "age <= 18", "age between 10 and 20", "age = 18", "age is known",
        "age is unknown", "tier is gold", "tier is not gold", "tier is one of gold, silver", "tier is in vips",
        "tier is not in vips", "member=yes", "member=no", "member is not yes", "during office", "outside office",
        "intent is sales", "intent is not sales", 'said contains "gold"', "call.on_hold is no", "turn < 3",
        "time is at least 12:00", "today is mon",
    ]
)  # fmt: skip
GUARDS = st.one_of(
    st.just(""),
    st.builds(" {} {}".format, st.sampled_from(["when", "unless"]), ASKED),
    st.builds(" when {} and {}".format, ASKED, ASKED),
    st.builds(" when {} or {}".format, ASKED, ASKED),
    st.builds(" when {} unless {}".format, ASKED, ASKED),
)
RULES = st.builds(
    "{}on {}{}{} {}".format,
    st.sampled_from(["", "", "", "", "", "", "also ", "urgent "]),
    st.one_of(TESTS, TESTS, TESTS, TESTS, st.builds("{} or {}".format, TESTS, TESTS), st.just("anything")),
    GUARDS,
    st.sampled_from(["", "", "", "", "", " once per call"]),
    st.sampled_from(['say "a"', 'say "b"', 'say "c"', 'say "a" otherwise say "b"']),
)
BESIDES = st.builds(
    "also on {} {}".format,
    st.sampled_from(["intent=sales", "intent=billing", "age > 10", "payment_done", "said", "anything"]),
    st.sampled_from(
        [
            "remember age is 18", "remember tier is gold", "forget tier", "remember member is no", "forget age",
            "remember intent is billing", "forget intent", "remember said is gold", "forget payment_done",
            'remember intent is other then say "x" then remember tier is basic', "do changes",
        ]
    ),
)  # fmt: skip
TOLD = st.builds(
    "on {}{} {}".format,
    st.sampled_from(["intent=sales", "intent=sales", "intent=billing", "age > 10", "payment_done", "said"]),
    st.sampled_from(
        [
            "", " when intent is sales", " when intent is not sales", " when intent is billing", " when age is 18",
            " unless intent is sales", " unless age > 10", " when age <= 10", " when tier is gold", " when age is known",
            " when age is unknown", " when said is gold", " when member is no", " when intent is human",
        ]
    ),
    st.sampled_from(['say "a"', 'say "b"', 'say "c"', 'say "a" otherwise say "b"']),
)  # fmt: skip
"""Rules that are told something."""
CHANGES = "steps changes\n  remember intent is human\n  forget member\nend\n"
INTENTS = st.sampled_from(["sales", "billing", "human", "other", ("sales", "billing"), ("billing", "human")])
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "intent": INTENTS,
        "dtmf": st.sampled_from(["1", 1, "2", "#"]),
        "age": st.sampled_from([5, 10, 18, 19, 21, "30", "old"]),
        "payment_done": st.just(True),
        "sampled": st.sampled_from(SAMPLES),
        "said": st.sampled_from(["gold", "silver gold", "no", "hello"]),
    },
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "age": st.sampled_from([5, 10, 15, 18, 19, 20, 21, "old"]),
        "tier": st.sampled_from(["gold", "silver", "basic", ("gold", "basic")]),
        "member": st.sampled_from([True, False, "yes", "perhaps"]),
        "intent": INTENTS,
        "sampled": st.sampled_from(SAMPLES),
    },
)


def answers(
    ruleset: RuleSet, event: Mapping[str, Value], facts: Mapping[str, Value]
) -> list[tuple[CompiledRule, Outcome]]:
    happened = make_event(facts=event)
    state = apply_event(ruleset, start_call("call", NOW, facts), happened, NOW)
    return list(decide(ruleset, happened, state, NOW).parts)


def line_of(rule: CompiledRule, ruleset: RuleSet) -> int:
    return ruleset.ref(rule).line


def example_of(message: str) -> dict[str, Value]:
    """`With intent=sales, tier known and age=18 both …` as facts."""
    example = re.sub(r"([\w.]+) known", r"\1=1", message.partition(" both ")[0])
    found = re.findall(r'([\w.]+)=(?:"([^"]*)"|([^\s,]+))', example)
    read = {"yes": True, "no": False}
    return {
        key: text or read.get(bare, float(bare) if bare.replace(".", "").isdecimal() else bare)
        for key, text, bare in found
    }


@settings(max_examples=300, deadline=None)
@given(
    rules=st.one_of(
        st.lists(RULES, min_size=2, max_size=5),
        st.lists(st.one_of(BESIDES, TOLD, TOLD), min_size=2, max_size=6),
    ),
    vocabulary=st.booleans(),
    happened=st.lists(st.tuples(EVENTS, FACTS), min_size=12, max_size=12),
)
def test_findings_about_rules_are_true(
    parse_texts: Parse,
    rules: list[str],
    vocabulary: bool,
    happened: list[tuple[Mapping[str, Value], Mapping[str, Value]]],
) -> None:
    head = DECLARED + CHANGES + (VOCABULARY if vocabulary else "")
    files = parse_texts(head + "\n".join(rules) + "\n")
    _, findings = check(files)
    ruleset = compile_rules(valid_rules(gather(files), Report()))
    never = {f.location.first.line for f in findings if f.code is logic.NEVER_FIRES}
    guarded = {f.location.first.line: f for f in findings if f.code is logic.IMPOSSIBLE_GUARD}
    for event, facts in happened:
        for rule, outcome in answers(ruleset, event, facts):
            assert line_of(rule, ruleset) not in never, (rules, event, facts)
            impossible = guarded.get(line_of(rule, ruleset))
            if (
                impossible is not None
                and "unless" not in rules[line_of(rule, ruleset) - 1 - head.count("\n")]
            ):
                assert (
                    outcome is not Outcome.FIRED
                    or " or " in rules[line_of(rule, ruleset) - 1 - head.count("\n")]
                ), (rules, event, facts)
    for finding in findings:
        if finding.code is logic.OVERLAP:
            assert_both_match(parse_texts, head, rules, finding)


def assert_both_match(parse_texts: Parse, head: str, rules: list[str], finding: Diagnostic) -> None:
    """Each of the two rules of an overlap, alone with the declarations, takes the example."""
    first = finding.location.first.line - 1 - head.count("\n")
    second = finding.related[0][0].first.line - 1 - head.count("\n")
    facts = example_of(finding.message)
    if not facts.keys().isdisjoint(("time", "today", "turn")):
        return
    for index in (first, second):
        files = parse_texts(head + rules[index] + "\n")
        ruleset = compile_rules(valid_rules(gather(files), Report()))
        carried = {key: value for key, value in facts.items() if not key.startswith("call.")}
        taken = answers(ruleset, carried, facts)
        assert [outcome for _, outcome in taken] == [Outcome.FIRED], (rules, finding.message, index)
