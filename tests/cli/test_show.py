"""`flowrules show`: the stages' data, for people and for programs."""

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

Run = Callable[..., Result]


def test_the_tree_of_a_rule(run: Run, folder: Path) -> None:
    shown = run("show", "ast", folder)
    assert shown.exit_code == 0
    assert shown.stdout.startswith(
        f"{folder.as_posix()}/a.rules:1\n  ListDef(name: gold, values: [word a, word b])\n"
    )
    assert "argument" in shown.stdout
    assert "span" not in shown.stdout
    tree = [line for line in shown.stdout.splitlines() if not line.startswith(folder.as_posix())]
    assert max(map(len, tree)) <= 80


def test_the_tree_as_json(run: Run, folder: Path) -> None:
    blocks = json.loads(run("show", "ast", folder, "--json").stdout)
    assert [block["line"] for block in blocks] == [1, 2, 5, 1, 2, 3]
    assert blocks[3]["item"]["trigger"]["tests"][0]["test"]["values"] == [
        {"node": "Literal", "kind": "word", "value": "sales", "raw": "sales"}
    ]


def test_what_has_a_mistake_has_no_tree_and_a_finding(run: Run, folder: Path) -> None:
    (folder / "b.rules").write_text("on a tranfer agent x\non b hangup\n")
    shown = run("show", "ast", folder, "--json")
    assert [block["item"] is None for block in json.loads(shown.stdout)] == [False, False, False, True, False]
    assert "unknown-verb" in shown.stderr
    assert shown.exit_code == 1


def test_the_rule_set_in_the_order_it_is_asked(run: Run, folder: Path) -> None:
    (folder / "c.rules").write_text(
        'urgent on intent=stop hangup\nrule "Log"\n  also on anything\n  log "x"\nend\nnever hold when paying is yes\n'
    )
    shown = run("show", "ruleset", folder)
    assert shown.exit_code == 0
    order = [line for line in shown.stdout.splitlines() if ".rules:" in line]
    assert [line.split("  ")[-1] for line in order] == [
        "on intent=stop",
        "on anything",
        "on intent=sales",
        "on intent=vip",
        "on intent=late",
        "never hold when paying is yes",
    ]
    assert "known as log" in shown.stdout
    assert "gold" in shown.stdout
    assert "office" in shown.stdout


def test_the_rule_set_as_json(run: Run, folder: Path) -> None:
    data = json.loads(run("show", "ruleset", folder, "--json").stdout)
    assert len(data["revision"]) == 12
    assert data["zone"] == "UTC"
    assert data["rules"][0]["text"] == "on intent=sales transfer agent sales_q then set_disposition"
    assert data["declared"]["lists"] == ["gold"]


def test_a_rule_set_with_errors_is_not_shown(run: Run, folder: Path) -> None:
    (folder / "b.rules").write_text("on a when x is in nowhere hangup\n")
    shown = run("show", "ruleset", folder)
    assert shown.stdout == ""
    assert "nowhere" in shown.stderr
    assert shown.exit_code == 1
