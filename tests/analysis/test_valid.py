"""What is right is let through: every example of every verb, in every place a step can stand."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.analysis.model.checked import CheckedRules
from flowrules.compiler.compile import compile_rules
from flowrules.diagnostics.diagnostic import Findings, has_errors
from flowrules.verbs import CATALOGUE, Effect

CheckText = Callable[..., tuple[CheckedRules, Findings]]

DECLARED = """\
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:00
end
destination sales_desk is queue sales_main
default disposition is DONE
on intent=prepare conference_start then conference_add agent a_1 as helper
"""
EXAMPLES = [example for spec in CATALOGUE for example in spec.examples]
LIVE = [example for spec in CATALOGUE if spec.effect is Effect.LIVE for example in spec.examples]
RECORDS = [example for spec in CATALOGUE if spec.effect is Effect.RECORD for example in spec.examples]
ENDINGS = [example for spec in CATALOGUE if spec.effect is Effect.ENDING for example in spec.examples]


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize(
    "place",
    [
        "on intent=sales {}",
        "on intent=sales when vip is yes say \"Hello.\" otherwise {}",
        "on intent=sales log \"x\" if it fails then {}",
        "never mute when paying is yes instead {}",
        "rule \"r\"\n  on intent=sales\n  if vip is yes then {}\nend",
        "steps s\n  {}\nend\non intent=sales do s",
    ],
)  # fmt: skip
def test_an_example_is_right_everywhere(check_texts: CheckText, example: str, place: str) -> None:
    checked, findings = check_texts(DECLARED + place.format(example) + "\n")
    assert not has_errors(findings), [finding.message for finding in findings]
    assert len(compile_rules(checked).rules) == len(checked.rules)


@settings(max_examples=100, deadline=None)
@given(
    rules=st.lists(
        st.tuples(st.lists(st.sampled_from(LIVE), max_size=4), st.sampled_from(["", *ENDINGS]), st.lists(st.sampled_from(RECORDS), max_size=3)),
        min_size=1,
        max_size=8,
    )
)  # fmt: skip
def test_rules_made_of_right_steps_are_right(
    check_texts: CheckText, rules: list[tuple[list[str], str, list[str]]]
) -> None:
    """Live verbs, then an end, then records: whatever they are, there is nothing wrong with them."""
    texts = []
    for number, (live, end, records) in enumerate(rules):
        steps = [step for step in (*live, end, *records) if step]
        if steps:
            texts.append(
                f'rule "r{number}"\n  on intent=i{number}\n'
                + "".join(f"  {step}\n" for step in steps)
                + "end\n"
            )
    checked, findings = check_texts(DECLARED + "".join(texts))
    assert not has_errors(findings), [finding.message for finding in findings]
    assert len(checked.rules) == len(texts) + 1
