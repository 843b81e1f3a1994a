"""Every example is a program: it runs by itself, without the network, and ends as it says."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
ZEROS = [
    f"{what}: 0"
    for what in (
        "calls that were not dialled",
        "calls that are still open",
        "verbs that are missing",
        "verbs that nobody wanted",
        "verbs in another order",
        "accepted here, not done there",
        "refused",
        "unknown",
        "dropped",
    )
]
ENDS_WITH = {
    "plain_agent": ["set_lead_field", "set_disposition", "transfer"],
    "pipecat_agent": ["set_lead_field", "set_disposition", "transfer"],
    "livekit_agent": ["set_lead_field", "set_disposition", "transfer"],
    "pipecat_flows": [
        "choose, report",
        "confirm, report",
        "confirm, report",
        "transferred_agent_queue",
        "transfer",
    ],
    "fastapi_service": ["live: 200", *ZEROS],
    "realtime_agent": ["set_lead_field", "set_disposition", "transfer"],
    "host_transfer": ["sip:desk@pbx.example.com is busy", "call-1 is at sip:desk@pbx.example.com"],
    "livekit_sip_transfer": ["transfer accepted", "sip_caller in room-7 to tel:+14155550123"],
    "mcp_client": ["set_lead_field", "set_disposition", "transfer"],
    "batch_preview": ["{'set_lead_field': 3, 'set_disposition': 4, 'transfer': 2, 'hangup': 2}"],
}
PARTS = {"scripted_model", "scripted_realtime", "webhooks"}
"""Modules that other programs use; test_webhooks.py and the programs above run them."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ENDS_WITH)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-len(ENDS_WITH[name]) :] == ENDS_WITH[name]


def test_no_example_is_left_out() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == ENDS_WITH.keys() | PARTS
