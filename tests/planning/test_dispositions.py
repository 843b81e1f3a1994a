"""What a bare set_disposition records, and where it says it got that from."""

from typing import Any

import pytest

from flowrules.analysis.model.dispositions import always_settled, disposition_choices
from flowrules.language.nodes import DefaultDisposition, Rule
from flowrules.language.parse import parse
from flowrules.source import source_from_text

DEFAULTS = """
default disposition for intent=sales is SALES_XFER
default disposition for intent=billing is BILLING
default disposition is OTHER
"""


@pytest.mark.parametrize(
    ("text", "event", "disposition", "why"),
    [
        ("on intent=sales set_disposition", {"intent": "sales"}, "sales", "the rule's only event value"),
        ("on intent is Sales set_disposition", {"intent": "sales"}, "Sales", "the rule's only event value"),
        ("on dtmf=1 set_disposition", {"dtmf": "1"}, "1", "the rule's only event value"),
        (
            f"{DEFAULTS}on intent=sales set_disposition",
            {"intent": "SALES"},
            "SALES_XFER",
            "the default for intent=sales",
        ),
        (f"{DEFAULTS}on intent=other set_disposition", {"intent": "other"}, "OTHER", "the file's default"),
        (
            f"{DEFAULTS}on anything set_disposition",
            {"intent": "billing"},
            "BILLING",
            "the default for intent=billing",
        ),
        (
            f"{DEFAULTS}on anything set_disposition",
            {"intent": ("x", "Billing")},
            "BILLING",
            "the default for intent=billing",
        ),
        (f"{DEFAULTS}on anything set_disposition", {"dtmf": "1"}, "OTHER", "the file's default"),
        (
            # two intents in one sentence: the rule's own value decides, not the order of the defaults
            f"{DEFAULTS}on intent=billing set_disposition",
            {"intent": ("sales", "billing")},
            "BILLING",
            "the default for intent=billing",
        ),
    ],
)
def test_the_disposition_of_the_situation(
    plan_for: Any, text: str, event: dict[str, Any], disposition: str, why: str
) -> None:
    planned = plan_for(text, event)
    assert planned.bodies == [{"event": "set_disposition", "disposition": disposition}]
    assert planned.verbs[0].note == f"disposition {disposition}: {why}"
    assert planned.plan.notes == (f"disposition {disposition}: {why}",)


@pytest.mark.parametrize(
    ("trigger", "settled"),
    [
        ("intent=other", True),
        ("intent is one of sales, billing", True),
        ("intent is one of sales, other", False),
        ('said contains "x"', False),
        ("go", False),
    ],
)
def test_whether_a_file_settles_every_event(trigger: str, settled: bool) -> None:
    text = f"""
default disposition for intent=sales is A
default disposition for intent=billing is B
on {trigger} set_disposition
"""
    file, _ = parse(source_from_text(text))
    items = [block.item for block in file.blocks]
    defaults = tuple(item for item in items if isinstance(item, DefaultDisposition))
    (rule,) = [item for item in items if isinstance(item, Rule)]
    assert always_settled(rule, disposition_choices(rule, defaults)) is settled
