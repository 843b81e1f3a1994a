"""The hooks for repositories with rule files, run by a real runner of hooks in a real repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
BIN = Path(sys.executable).parent
SLIP = "on intent=sales tranfer queue sales\n"
LOOSE = "on   intent=sales transfer   queue sales\n"


def prek(folder: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = shutil.which("prek", path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    if command is None:
        pytest.skip("prek is not installed")
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PREK_HOME": str(home),
        "NO_COLOR": "1",
    }
    return subprocess.run(
        [command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8"
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that uses the hooks. A runner installs flowrules for itself; here it takes the one that is there."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    hooks = [{**hook, "language": "system"} for hook in HOOKS]
    (tmp_path / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]}), "utf-8"
    )
    return tmp_path


def hooked(repository: Path, text: str) -> subprocess.CompletedProcess[str]:
    (repository / "desk.rules").write_text(text, "utf-8")
    subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
    return prek(repository, repository / ".git" / "prek", "run", "--all-files")


def test_a_commit_with_a_slip_is_stopped(repository: Path) -> None:
    done = hooked(repository, SLIP)
    assert done.returncode == 1
    assert 'There is no verb "tranfer"' in done.stdout


def test_a_rule_file_is_written_in_its_canonical_form(repository: Path) -> None:
    assert hooked(repository, LOOSE).returncode == 1
    text = (repository / "desk.rules").read_text("utf-8")
    assert text == "on intent=sales transfer queue sales\n"
    assert hooked(repository, text).returncode == 0


def test_the_files_of_hooks_are_what_a_runner_reads(tmp_path: Path) -> None:
    for kind, name in (
        ("validate-manifest", ".pre-commit-hooks.yaml"),
        ("validate-config", ".pre-commit-config.yaml"),
    ):
        done = prek(ROOT, tmp_path, kind, name)
        assert done.returncode == 0, done.stdout + done.stderr
