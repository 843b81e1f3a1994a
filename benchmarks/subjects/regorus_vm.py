"""regorus: the rules as data under their intent, one short policy that looks them up, compiled for its virtual
machine. A Rego rule for each rule is slower and grows with their number."""

import json
from typing import Any

import regorus

from benchmarks.subjects import Subject
from benchmarks.workload import Rule, Workload

POLICY = """package work
import rego.v1
default rule := -1
rule := min([row.number |
  some row in data.rules[input.intent]
  object.get(row, "balance", 0) <= input.balance
  object.get(row, "language", input.language) == input.language
  object.get(row, "vip", input.vip) == input.vip
  input.campaign in object.get(row, "campaign", [input.campaign])])
"""


def regorus_lookup(workload: Workload) -> Subject:
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, rule in enumerate(workload.rules):
        assert rule.intent is not None, "rules without an intent are not in this encoding"
        rows.setdefault(rule.intent, []).append(_row(number, rule))
    data = json.dumps({"rules": rows})
    program = regorus.Program.compile_from_modules(data, [("work.rego", POLICY)], ["data.work.rule"])
    machine = regorus.Rvm()
    machine.load_program(program)
    machine.set_data_json(data)

    set_input, execute = machine.set_input_json, machine.execute

    def run(batch: list[Any]) -> None:
        for event in batch:
            set_input(event)
            execute()

    def answers(batch: list[Any]) -> list[int]:
        out = []
        for event in batch:
            set_input(event)
            out.append(int(execute()))
        return out

    return Subject(list, run, answers)


def _row(number: int, rule: Rule) -> dict[str, Any]:
    return {"number": number} | {guard.fact: guard.value for guard in rule.guards}
