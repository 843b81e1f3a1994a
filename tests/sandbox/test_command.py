"""`flowrules sandbox`, as a process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

RUN = "import typer; from flowrules.cli.sandbox import sandbox; typer.run(sandbox)"


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
    )


@pytest.fixture
def running() -> Iterator[subprocess.Popen[str]]:
    with start("--port", "0", "--rate-counting", "sliding_window") as process:
        yield process
        process.kill()


def test_it_prints_its_address_and_key_serves_and_stops_on_ctrl_c(running: subprocess.Popen[str]):
    said: dict[str, str] = {}
    assert running.stdout is not None
    for line in running.stdout:
        if line.startswith("Ctrl-C"):
            break
        label, _, value = line.partition("  ")
        said[label] = value.strip()
    assert said["base URL"].startswith("http://127.0.0.1:")
    assert said["tenant key"].startswith("yt_test_")
    with httpx.Client(base_url=said["base URL"]) as http:
        opened = http.post("/sandbox/calls").json()
        headers = {"Authorization": f"Bearer {said['tenant key']}"}
        path = f"/api/v1/ai-sessions/{opened['call_id']}/control"
        assert http.post(path, json={"event": "hold"}, headers=headers).status_code == 200
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (0, "")
    assert out == "The sandbox has stopped.\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--ws", "http://agent"), "ws://"),
        (("--host", "203.0.113.9"), "cannot listen on 203.0.113.9"),
        (("--port", "70000"), "65535"),
    ],
)
def test_what_cannot_be_started_is_said_in_words(arguments: tuple[str, ...], says: str):
    with start(*arguments) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert says in err
    assert "Traceback" not in err
