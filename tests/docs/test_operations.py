"""The page for operations, and the files beside it: they name what is there, and nothing else."""

import json
import re
import runpy
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from flowrules.cli.running.run_settings import names
from flowrules.runtime.health import Health
from flowrules.telemetry.instruments import ALL

ROOT = Path(__file__).parents[2]
FILES = ROOT / "examples" / "operations"
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
SERIES = {series for one in ALL for series in one.series}
FROM_ELSEWHERE = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
"""What prometheus-client's process collector tells."""


def series_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:flowrules|process)_\w+", expression))


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((FILES / "alerts.yml").read_text("utf-8"))["groups"]
    return group["rules"]


def test_the_table_of_numbers_is_that_of_the_code() -> None:
    written = runpy.run_path(str(ROOT / "tests" / "docs" / "operations_page.py"))["written"]
    assert written(PAGE) == PAGE, "python tests/docs/operations_page.py"


def test_alerts_ask_for_numbers_that_there_are_and_say_what_to_do() -> None:
    headings = set(re.findall(r"^### (\w+)$", PAGE, re.M))
    assert headings == {alert["alert"] for alert in alerts()}
    for alert in alerts():
        assert series_in(alert["expr"]) <= SERIES
        assert alert["annotations"]["runbook"] == f"docs/operations.md#{alert['alert'].lower()}"
        assert alert["labels"]["severity"] in ("page", "ticket")


def test_each_alert_is_set_off_in_a_test_of_its_own() -> None:
    (played,) = yaml.safe_load((FILES / "alerts_test.yml").read_text("utf-8"))["tests"]
    (asked,) = played["promql_expr_test"]
    fired = [re.search(r'alertname="(\w+)"', one["labels"]) for one in asked["exp_samples"]]
    assert {found[1] for found in fired if found} == {alert["alert"] for alert in alerts()}


def test_the_dashboard_shows_numbers_that_there_are() -> None:
    board = json.loads((FILES / "dashboard.json").read_text("utf-8"))
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    places = [tuple(panel["gridPos"][side] for side in "xy") for panel in board["panels"]]
    assert len(set(places)) == len(places)
    shown = {
        series for panel in board["panels"] for one in panel["targets"] for series in series_in(one["expr"])
    }
    assert shown <= SERIES | FROM_ELSEWHERE
    told_apart = {one.prometheus for one in ALL if not one.name.startswith("flowrules.engine.")}
    left_out = {name for name in told_apart if not any(series.startswith(name) for series in shown)}
    assert left_out <= {"flowrules_telemetry_dropped", "flowrules_rules_not_live"}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
def test_promtool_takes_the_files_and_plays_the_alerts(tmp_path: Path) -> None:
    shutil.copytree(FILES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "metrics-key").write_text("key")
    for command in (
        ("check", "rules", "alerts.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "alerts_test.yml"),
    ):
        ran = subprocess.run(
            ["promtool", *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_settings_on_the_page_are_settings() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.S)
    assert tomllib.loads(example).keys() <= names()
    for name in re.findall(r"FLOWRULES_([A-Z_]+_KEY|AGENT_TOKEN)\b", PAGE):
        assert name.lower() in names()


def test_probes_on_the_page_are_yaml_with_paths_that_there_are() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    probes = yaml.safe_load(example)
    assert {probe["httpGet"]["path"] for name, probe in probes.items() if name.endswith("Probe")} == {
        "/livez",
        "/readyz",
    }
    assert "ready" in Health.__dict__
