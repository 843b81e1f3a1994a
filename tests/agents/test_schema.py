"""A vocabulary as JSON schema, tools and a pydantic model."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from flowrules import load
from flowrules.agents.schema import argument_name, json_schema, report_model
from flowrules.agents.tool_forms import anthropic_tool, chat_completions_tool, mcp_tool
from flowrules.agents.vocabulary import Vocabulary, vocabulary
from flowrules.compiler.loading.load import load_rules
from flowrules.source import source_from_text

ROOT = Path(__file__).parents[2]
RULES = (
    "# Whose bill it is.\nfact owner is one of me, you\nfact sum is number\nfact due is date\nfact भाषा is text\n"
    "event paid\n"
    "# Who wants to buy.\non intent=sales when owner is me and sum is at least 5 hold\n"
    "on intent=upgrade when भाषा is known and due is known hold\non paid hold\n"
    "timezone UTC\n"
)


def of(text: str) -> Vocabulary:
    loaded = load_rules([source_from_text(text)])
    assert loaded.ruleset is not None, loaded.findings
    return vocabulary(loaded.ruleset)


@pytest.fixture
def known() -> Vocabulary:
    return of(RULES)


def test_the_schema_says_what_can_be_reported_and_in_which_vocabulary(known: Vocabulary) -> None:
    schema = json_schema(known)
    assert schema["$id"].endswith(known.digest)
    assert schema["additionalProperties"] is False
    hindi = next(argument_name(item) for item in known.items if item.name == "भाषा")
    assert schema["properties"] == {
        "intent": {
            "type": "array",
            "items": {"type": "string", "enum": ["sales", "upgrade"]},
            "description": "sales: Who wants to buy.",
        },
        "due": {"type": "string", "description": "A date such as 2026-05-02."},
        "owner": {"type": "string", "enum": ["me", "you"], "description": "Whose bill it is."},
        "sum": {"type": "number"},
        hindi: {"type": "string", "description": "भाषा:"},
        "paid": {"type": "boolean", "description": "True when it has just happened."},
    }


def test_names_that_a_provider_would_refuse_get_others_that_stay(known: Vocabulary) -> None:
    names = [argument_name(item) for item in known.items]
    assert all(re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", name) for name in names)
    assert names == [argument_name(item) for item in of(RULES).items]


@pytest.mark.parametrize("path", sorted(path.name for path in (ROOT / "rules").glob("*.rules")))
def test_every_rule_set_that_ships_has_a_valid_schema(path: str) -> None:
    rules = vocabulary(load(ROOT / "rules" / path))
    schema = json_schema(rules)
    Draft202012Validator.check_schema(schema)
    report_model(rules).model_json_schema()
    assert json.loads(json.dumps(schema)) == schema


def test_each_provider_gets_the_same_in_its_own_form(known: Vocabulary) -> None:
    openai, anthropic, mcp = chat_completions_tool(known), anthropic_tool(known), mcp_tool(known)
    assert openai["type"] == "function"
    function = openai["function"]
    assert function["name"] == anthropic["name"] == mcp["name"] == "report"
    assert function["parameters"] == anthropic["input_schema"] == mcp["inputSchema"]
    assert function["description"] == anthropic["description"] == mcp["description"]
    assert mcp["_meta"] == {"flowrules/vocabulary": known.digest}


def test_the_model_takes_what_the_schema_takes(known: Vocabulary) -> None:
    Report: Any = report_model(known)
    report = Report.model_validate({"intent": ["sales"], "sum": 5, "paid": True})
    assert report.model_dump(by_alias=True, exclude_none=True) == {
        "intent": ["sales"],
        "sum": 5.0,
        "paid": True,
    }
    for wrong in ({"intent": ["refund"]}, {"owner": "them"}, {"verb": "hangup"}, {"sum": "much"}):
        with pytest.raises(ValidationError):
            Report.model_validate(wrong)
    assert "$id" not in Report.model_json_schema()


def test_names_that_python_has_for_itself_go_by_an_alias() -> None:
    Report: Any = report_model(of("on intent=a when class is b and copy is c and order.total is 5 hold\n"))
    told = {"class": "b", "copy": "c", "order.total": 5.0}
    assert Report.model_validate(told).model_dump(by_alias=True, exclude_none=True) == told


def test_rules_without_a_vocabulary_have_an_empty_tool() -> None:
    assert json_schema(of("on said contains x hold\n"))["properties"] == {}


def test_values_are_shown_where_others_are_possible() -> None:
    schema = json_schema(of("on intent=a unless plan is gold hold\n"))
    assert schema["properties"]["plan"] == {"type": "string", "description": "For instance gold."}
