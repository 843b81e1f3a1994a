"""The tool in the form of each provider, held against the providers' own packages."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mcp_types
import openai
import pytest
from anthropic import transform_schema
from anthropic.types import ToolParam
from google.genai import types as gemini
from jsonschema import Draft7Validator, Draft202012Validator
from openai.lib._pydantic import _ensure_strict_json_schema
from openai.types.chat import ChatCompletionToolParam
from openai.types.realtime import RealtimeFunctionToolParam
from openai.types.responses import FunctionToolParam
from pydantic import BaseModel, TypeAdapter

from flowrules import RuleBook
from flowrules.agents.providers import PROVIDERS, TOOL_NAME
from flowrules.agents.tool import ReportTool
from flowrules.agents.tool_arguments import read_arguments
from flowrules.agents.vocabulary import Vocabulary, vocabulary
from flowrules.compiler.loading.load import load_rules
from flowrules.source import source_from_text

ROOT = Path(__file__).parents[2]
RULES = (
    "# Whose bill it is.\nfact owner is one of me, you\nfact sum is number\nfact order.total is number\n"
    "fact भाषा is text\nfact 2nd_line is yes/no\nevent paid\n"
    "# Who wants to buy.\non intent=sales when owner is me and sum is at least 5 hold\n"
    'on intent="वापसी" when भाषा is known and order.total is at least 3 and 2nd_line is yes hold\non paid hold\n'
)
NO_INTENTS = "on said contains x hold\n"
SHIPPED = sorted((ROOT / "rules").glob("*.rules"))


def of(text: str) -> Vocabulary:
    loaded = load_rules([source_from_text(text)])
    assert loaded.ruleset is not None, loaded.findings
    return vocabulary(loaded.ruleset)


def intents(number: int, length: int = 12) -> str:
    names = [f"intent_{n}_".ljust(length, "x") for n in range(number)]
    return f"fact intent is one of {', '.join(names)}\non intent={names[0]} hold\n"


def many_facts(number: int) -> str:
    names = [f"f{n}" for n in range(number)]
    declared = "".join(f"fact {name} is number\n" for name in names)
    return declared + "".join(f"on {name} is at least 1 hold\n" for name in names)


VOCABULARIES = {
    "some": RULES,
    "no intents": NO_INTENTS,
    "500 intents": intents(500),
    "500 long intents": intents(500, 60),
    "1,200 intents": intents(1_200),
    "30 facts": many_facts(30),
    "60 facts": many_facts(60),
    **{path.stem: path.read_text() for path in SHIPPED},
}


@pytest.fixture(params=VOCABULARIES)
def tool(request: pytest.FixtureRequest) -> ReportTool:
    return ReportTool(RuleBook.from_text(VOCABULARIES[request.param]))


def schemas_in(tool: ReportTool) -> dict[str, dict[str, Any]]:
    """The schema of each form, by provider."""
    return {
        "chat completions": tool.openai()["function"]["parameters"],
        "chat completions, strict": tool.openai(strict=True)["function"]["parameters"],
        "responses": tool.responses()["parameters"],
        "responses, strict": tool.responses(strict=True)["parameters"],
        "realtime": tool.realtime()["parameters"],
        "anthropic": tool.anthropic()["input_schema"],
        "anthropic, strict": tool.anthropic(strict=True)["input_schema"],
        "gemini": tool.gemini().get("parametersJsonSchema", {"type": "object", "properties": {}}),
        "mcp": tool.mcp()["inputSchema"],
    }


def parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for one in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        yield from parts(one)
    if "items" in schema:
        yield from parts(schema["items"])


def test_every_form_is_a_schema_whose_names_its_provider_takes(tool: ReportTool) -> None:
    for form, schema in schemas_in(tool).items():
        provider = PROVIDERS[form.partition(",")[0]]
        Draft202012Validator.check_schema(schema)
        Draft7Validator.check_schema(schema)
        assert all(provider.property_name.fullmatch(name) for name in schema["properties"]), form
        assert schema.get("additionalProperties") is False or form == "gemini"
        assert all("$id" not in one and "$schema" not in one and "$ref" not in one for one in parts(schema))


def test_the_providers_own_types_take_the_tool(tool: ReportTool) -> None:
    for strict in (False, True):
        TypeAdapter(ChatCompletionToolParam).validate_python(tool.openai(strict=strict))
        TypeAdapter(FunctionToolParam).validate_python(tool.responses(strict=strict))
        TypeAdapter(ToolParam).validate_python(tool.anthropic(strict=strict))
    TypeAdapter(RealtimeFunctionToolParam).validate_python(tool.realtime())
    gemini.FunctionDeclaration.model_validate(tool.gemini())
    mcp_types.Tool.model_validate(tool.mcp())


def test_a_form_names_no_key_that_its_provider_does_not_know(tool: ReportTool) -> None:
    for shown, known in (
        (tool.openai(strict=True)["function"], {"name", "description", "parameters", "strict"}),
        (tool.responses(strict=True), FunctionToolParam.__annotations__.keys()),
        (tool.realtime(), RealtimeFunctionToolParam.__annotations__.keys()),
        (tool.anthropic(strict=True), ToolParam.__annotations__.keys()),
        (
            tool.gemini(),
            {field.alias or name for name, field in gemini.FunctionDeclaration.model_fields.items()},
        ),
    ):
        assert shown.keys() <= set(known)


def test_responses_are_told_that_a_tool_is_not_strict(tool: ReportTool) -> None:
    """Where nothing is said they take a tool for a strict one, and refuse a property that may be left out."""
    assert tool.responses()["strict"] is False


def test_openai_s_own_helper_finds_nothing_to_mend_in_a_strict_tool(tool: ReportTool) -> None:
    function = tool.openai(strict=True)["function"]
    assert function.get("strict", False) is (tool.not_strict_because("chat completions") == "")
    assert function["strict"] is True
    schema = function["parameters"]
    assert _ensure_strict_json_schema(copy.deepcopy(schema), path=(), root={}) == schema
    assert schema["required"] == list(schema["properties"])
    enums = [one["enum"] for one in parts(schema) if "enum" in one]
    assert sum(map(len, enums)) <= 1_000
    assert all(len(enum) <= 250 or len("".join(enum)) <= 15_000 for enum in enums)
    assert sum(map(len, (*schema["properties"], *(value for enum in enums for value in enum)))) <= 120_000
    assert tool.responses(strict=True)["parameters"] == schema


def test_anthropic_s_own_helper_finds_nothing_to_move_in_a_strict_tool(tool: ReportTool) -> None:
    """What its strict mode does not take its helper moves into the descriptions."""
    shown = tool.anthropic(strict=True)
    schema = shown["input_schema"]
    assert shown.get("strict", False) is (tool.not_strict_because("anthropic") == "")
    if not shown.get("strict"):
        assert schema == tool.anthropic()["input_schema"]
        return
    moved = transform_schema(copy.deepcopy(schema))
    assert moved["additionalProperties"] is False
    assert moved["required"] == schema["required"]
    for before, after in zip(parts(schema), parts(moved), strict=True):
        assert before.get("description") == after.get("description")
        assert before.get("enum") == after.get("enum")
    optional = schema["properties"].keys() - set(schema["required"])
    assert len(optional) <= 24
    assert sum("anyOf" in one for one in schema["properties"].values()) <= 16


def test_what_anthropic_s_strict_mode_can_t_hold_goes_out_without_it() -> None:
    some, too_many = (ReportTool(RuleBook.from_text(many_facts(number))) for number in (40, 41))
    assert some.anthropic(strict=True)["strict"] is True
    assert some.not_strict_because("anthropic") == ""
    assert "strict" not in too_many.anthropic(strict=True)
    assert (
        too_many.not_strict_because("anthropic") == "17 properties that may be null, and 16 are taken at most"
    )


def test_an_enum_that_is_too_large_is_told_in_words() -> None:
    tool = ReportTool(RuleBook.from_text(intents(500, 60)))
    intent = tool.openai(strict=True)["function"]["parameters"]["properties"]["intent"]
    assert intent["anyOf"][0]["items"] == {"type": "string"}
    assert "intent_499_" in intent["description"]
    plain = tool.openai()["function"]["parameters"]["properties"]["intent"]
    assert len(plain["items"]["enum"]) == 500


def test_the_providers_helpers_take_the_tool_s_pydantic_model() -> None:
    model = ReportTool(RuleBook.from_text(RULES)).model()
    function = openai.pydantic_function_tool(model, name="report")["function"]
    assert function["strict"] is True
    schema: Any = function["parameters"]
    assert schema["required"] == list(schema["properties"])
    assert "$id" not in schema
    assert transform_schema(model)["additionalProperties"] is False
    declared = gemini.FunctionDeclaration(name="report", parameters_json_schema=model.model_json_schema())
    assert "intent" in declared.parameters_json_schema["properties"]


def test_each_argument_is_read_by_whatever_name_it_had() -> None:
    known = of(RULES)
    tool = ReportTool(RuleBook.from_text(RULES))
    values: dict[str, Any] = {"owner": "me", "sum": 5, "order.total": 9, "भाषा": "hi", "2nd_line": True}
    for schema in schemas_in(tool).values():
        names = list(schema["properties"])
        told = {
            name: value
            for name, one in schema["properties"].items()
            for key, value in values.items()
            if name == key or one.get("description", "").startswith(f"{key}:")
        }
        assert len(told) == len(values), names
        report = read_arguments(known, told)
        assert report.notes == ()
        assert dict(report.facts) == values


def test_what_was_null_in_a_strict_call_was_left_out() -> None:
    report = read_arguments(of(RULES), {"intent": ["sales"], "owner": None, "sum": None, "paid": None})
    assert (dict(report.facts), report.events, report.notes) == ({"intent": ("sales",)}, (), ())


def test_equal_vocabularies_give_equal_bytes_whatever_else_an_edit_changed() -> None:
    first, second = (
        ReportTool(RuleBook.from_text(text))
        for text in (RULES, RULES + 'also on paid log "nothing"\n# seen\n')
    )
    assert first.revision != second.revision
    for one, other in zip(everything(first), everything(second), strict=True):
        assert json.dumps(one) == json.dumps(other)
    third = ReportTool(RuleBook.from_text(RULES.replace("sales", "support")))
    assert json.dumps(third.mcp()["_meta"]) != json.dumps(first.mcp()["_meta"])


def everything(tool: ReportTool) -> Iterator[Any]:
    yield from schemas_in(tool).values()
    yield from (tool.openai(), tool.responses(), tool.realtime(), tool.anthropic(), tool.gemini(), tool.mcp())
    yield from (tool.json_schema(), tool.model().model_json_schema())


def test_no_form_holds_the_revision(tool: ReportTool) -> None:
    assert tool.revision not in json.dumps(list(everything(tool)))


@pytest.mark.parametrize("name", ["", "my report", "a" * 65, "1st", "दे", "a.b"])
def test_a_name_that_a_provider_would_refuse_is_refused_at_once(name: str) -> None:
    with pytest.raises(ValueError, match="a tool's name has"):
        ReportTool(RuleBook.from_text(RULES), name=name)


def test_the_name_is_within_what_each_provider_says_of_names() -> None:
    assert TOOL_NAME.fullmatch("a" * 64)
    assert not TOOL_NAME.fullmatch("a" * 65)


def test_one_intent_may_stand_alone_in_the_model() -> None:
    Report: Any = ReportTool(RuleBook.from_text(RULES)).model()
    for given in ("sales", ["sales"]):
        report: BaseModel = Report(intent=given)
        assert report.model_dump(by_alias=True, exclude_none=True) == {"intent": ["sales"]}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_rules_that_ship_can_be_reported_strictly(path: Path) -> None:
    tool = ReportTool(RuleBook.load(path))
    assert [tool.not_strict_because(one) for one in ("chat completions", "responses", "anthropic")] == [
        "",
        "",
        "",
    ]
