"""The page beside peers: what it says of an unknown fact is what each engine answers."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from flowrules import load, why
from flowrules.engine.decision import Verdict

PAGE = (Path(__file__).parents[2] / "docs" / "why-not.md").read_text("utf-8")
ROWS = {
    cells[0]: cells[1:]
    for line in PAGE.split("## What an unknown fact means")[1].split("\n## ")[0].splitlines()
    if line.startswith("| ") and not line.startswith("| engine")
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}


def flowrules(question: str) -> str:
    rules = f'timezone UTC\nevent asked\nfact balance is number\nfact tier is text\non asked when {question} log "x"\n'
    with TemporaryDirectory() as folder:
        (Path(folder) / "one.rules").write_text(rules, "utf-8")
        (line,) = why(load(folder), "asked")
    assert line.verdict is not Verdict.FIRED
    assert line.condition is not None
    return {True: "true", False: "false", None: "unknown"}[line.condition.answer]


def datalogic(question: Any) -> str:
    import datalogic_py

    engine = datalogic_py.Engine()
    found = engine.session().evaluate_data(engine.compile(question), datalogic_py.DataHandle("{}"))
    return str(found).lower()


def zen_expression(question: str) -> str:
    import zen

    try:
        return str(zen.evaluate_expression(question, {})).lower()
    except RuntimeError:
        return "error"


def zen_table(field: str, cell: str) -> str:
    import zen

    from benchmarks.subjects.zen_engine import graph_of

    content = {"table": graph_of([{"_id": "0", "rule": "1", field: cell}], (field,))}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": content}})
    known, unknown = (
        bool(engine.evaluate("table", facts)["result"]) for facts in ({"balance": 3, "tier": "tin"}, {})
    )
    assert known, "the row is a question that can be answered"
    return "match" if unknown else "no match"


def regorus(question: str) -> str:
    import regorus as engine_of

    engine = engine_of.Engine()
    engine.add_policy("page.rego", f"package page\nimport rego.v1\nhit if {question}\n")
    engine.set_input({})
    return {True: "true", None: "undefined"}[engine.eval_rule("data.page.hit")]


def rule_engine(question: str) -> str:
    import rule_engine as library

    try:
        return str(library.Rule(question).matches({})).lower()
    except library.errors.SymbolResolutionError:
        return "error"


def evalidate(question: str) -> str:
    import evalidate as library

    try:
        return str(library.Expr(question).eval({})).lower()
    except library.ExecutionException:
        return "error"


BALANCE, TIER = {"var": "balance"}, {"var": "tier"}
ASKED: dict[str, tuple[str, tuple[Callable[[], str], ...]]] = {
    "flowrules": (
        "flowrules",
        tuple(
            partial(flowrules, one)
            for one in ("balance is less than 5", "not balance is at least 5", "tier is not gold")
        ),
    ),
    "datalogic-py": (
        "datalogic_py",
        tuple(
            partial(datalogic, one)
            for one in ({"<": [BALANCE, 5]}, {"!": {">=": [BALANCE, 5]}}, {"!==": [TIER, "gold"]})
        ),
    ),
    "zen-engine, expression": (
        "zen",
        tuple(partial(zen_expression, one) for one in ("balance < 5", "not(balance >= 5)", 'tier != "gold"')),
    ),
    "zen-engine, decision table": (
        "zen",
        (
            partial(zen_table, "balance", "< 5"),
            partial(zen_table, "balance", "not($ >= 5)"),
            partial(zen_table, "tier", '!= "gold"'),
        ),
    ),
    "regorus": (
        "regorus",
        tuple(
            partial(regorus, one)
            for one in ("input.balance < 5", "not input.balance >= 5", 'input.tier != "gold"')
        ),
    ),
    "rule-engine": (
        "rule_engine",
        tuple(partial(rule_engine, one) for one in ("balance < 5", "not (balance >= 5)", 'tier != "gold"')),
    ),
    "evalidate": (
        "evalidate",
        tuple(partial(evalidate, one) for one in ("balance < 5", "not (balance >= 5)", 'tier != "gold"')),
    ),
}


def _plain(name: str) -> str:
    """A row's name without its version and its remark."""
    return re.sub(r" \([^)]*\)| \d+(\.\d+)*", "", name)


def test_the_page_has_a_row_for_each_engine_that_is_asked() -> None:
    assert [_plain(name) for name in ROWS] == list(ASKED)


@pytest.mark.parametrize("row", ROWS)
def test_an_engine_answers_as_the_page_says(row: str) -> None:
    module, questions = ASKED[_plain(row)]
    pytest.importorskip(module)
    assert [ask() for ask in questions] == ROWS[row]
