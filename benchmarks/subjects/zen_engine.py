"""zen-engine: one decision table with the hit policy `first`, behind a static loader, asked with JSON text.

That is its fast path: the table is compiled once, and text spares the conversion of a dict. (The decision that
`create_decision` returns starts threads for each evaluation.)
"""

from typing import Any

import zen

from benchmarks.subjects import Subject
from benchmarks.workload import Guard, Rule, Workload

FIELDS = ("intent", "balance", "language", "vip", "campaign")
WILD_FIELDS = ("lead_source", "queue_wait", "said")


def zen_table(workload: Workload) -> Subject:
    fields = FIELDS + WILD_FIELDS if workload.kind == "wildcards" else FIELDS
    rows = [_row(number, rule, fields) for number, rule in enumerate(workload.rules)]
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"table": graph_of(rows, fields)}}})

    evaluate = engine.evaluate

    def run(batch: list[Any]) -> None:
        for event in batch:
            evaluate("table", event)

    def answers(batch: list[Any]) -> list[int]:
        return [(evaluate("table", event)["result"] or {}).get("rule", -1) for event in batch]

    return Subject(list, run, answers)


def _row(number: int, rule: Rule, fields: tuple[str, ...]) -> dict[str, str]:
    cells = dict.fromkeys(fields, "")
    if rule.intent is not None:
        cells["intent"] = f'"{rule.intent}"'
    if rule.word is not None:
        cells["said"] = f'contains($, "{rule.word}")'
    for guard in rule.guards:
        cells[guard.fact] = _cell(guard)
    return {"_id": str(number), "rule": str(number), **cells}


def _cell(guard: Guard) -> str:
    match guard.op:
        case "at_least":
            return f">= {guard.value}"
        case "is":
            return str(guard.value).lower() if isinstance(guard.value, bool) else f'"{guard.value}"'
        case _:
            return ", ".join(f'"{value}"' for value in guard.value)


def graph_of(rows: list[dict[str, str]], fields: tuple[str, ...]) -> dict[str, Any]:
    """A graph of one decision table."""
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": name, "name": name, "field": name} for name in fields],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    kinds = {"in": "inputNode", "table": "decisionTableNode", "out": "outputNode"}
    nodes = [
        {"id": name, "type": kind, "name": name, "position": {"x": 0, "y": 0}} for name, kind in kinds.items()
    ]
    nodes[1]["content"] = content
    edges = [("in", "table"), ("table", "out")]
    return {
        "nodes": nodes,
        "edges": [
            {"id": f"{source}-{target}", "sourceId": source, "targetId": target, "type": "edge"}
            for source, target in edges
        ],
    }
