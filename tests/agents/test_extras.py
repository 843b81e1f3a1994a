"""What is said where a framework is not installed, and what needs none."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run_without(packages: tuple[str, ...], code: str) -> "subprocess.CompletedProcess[str]":
    """Run code where some packages can't be imported."""
    before = f"import runpy, sys; sys.modules.update(dict.fromkeys({packages!r})); "
    return subprocess.run(
        [sys.executable, "-c", before + code], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("extra", "package"), [("pipecat", "pipecat"), ("livekit", "livekit.agents"), ("mcp", "mcp_types")]
)
def test_a_missing_framework_is_named_with_what_to_install(extra: str, package: str) -> None:
    done = run_without((package,), f"import flowrules.agents.{extra}")
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: flowrules.agents.{extra} needs the extra {extra}: ")
    assert f'pip install "flowrules[{extra}]"' in last


def test_the_mcp_server_as_a_command_says_it_without_a_traceback() -> None:
    code = "sys.argv = ['mcp', 'rules']; runpy.run_module('flowrules.agents.mcp', run_name='__main__')"
    done = run_without(("mcp_types",), code)
    assert done.returncode == 1
    assert done.stderr.startswith("flowrules.agents.mcp needs the extra mcp: ")
    assert len(done.stderr.splitlines()) == 1


def test_the_plain_agent_needs_no_extra() -> None:
    code = f"sys.path.insert(0, {str(EXAMPLES)!r}); runpy.run_path({str(EXAMPLES / 'plain_agent.py')!r}, run_name='__main__')"
    done = run_without(("openai", "anthropic", "pipecat", "livekit", "mcp", "mcp_types", "holidays"), code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "transfer"
