"""The studio is killed in the middle of a save: the file is the old one or the new one, never a part of one."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from flowrules.studio.on_disk import RulesOnDisk
from tests.studio.conftest import RULES
from tests.studio.dying import MOMENTS

FILE = "sales.rules"
EDITED = RULES.replace("sales_q", "sales_team") + "# " + "a long remark " * 20_000 + "\n"


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_file_is_old_or_new_whenever_the_studio_dies(rules: Path, moment: str) -> None:
    command = [sys.executable, "-m", "tests.studio.dying", str(rules), moment]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        found = re.fullmatch(r"http://(127\.0\.0\.1:\d+)/#key=(\S+)\n", running.stdout.readline())
        assert found
        where, key = found[1], found[2]
        with connect(
            f"ws://{where}/tab",
            subprotocols=["flowrules.studio", f"flowrules.key.{key}"],  # type: ignore[list-item]
            origin=f"http://{where}",  # type: ignore[arg-type]
            max_size=None,
            proxy=None,
        ) as tab:
            until(tab, "welcome")
            tab.send(
                json.dumps(
                    {"kind": "change", "file": FILE, "version": 1, "changes": [[0, len(RULES), EDITED]]}
                )
            )
            tab.send(json.dumps({"kind": "save"}))
            with pytest.raises(ConnectionClosed):
                until(tab, "saved")
        assert running.wait(60) == 9
    text = (rules / FILE).read_text("utf-8")
    assert text == (EDITED if moment == "when it is in its place" else RULES)
    # Whoever opens it again finds that file and nothing else.
    assert {name: source.text for name, source in RulesOnDisk(rules).files.items()} == {FILE: text}


def until(tab: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(tab.recv(60))
        assert message["kind"] != "not_saved", message
        if message["kind"] == kind:
            return message
