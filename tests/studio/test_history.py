"""What git knows of the rules, in the panel History. Git is real, and so is the repository."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from flowrules.studio.git import Git, NoHistory
from tests.studio.conftest import RULES, Join, Peer

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
FILE = "sales.rules"
ASHA = {"GIT_AUTHOR_NAME": "Asha & Rao", "GIT_AUTHOR_EMAIL": "asha@example.com"}
BOT = {
    "GIT_COMMITTER_NAME": "x",
    "GIT_COMMITTER_EMAIL": "x@example.com",
    "GIT_AUTHOR_DATE": "2026-03-02T11:05:00+05:30",
}
SECOND = RULES.replace("sales_q", "new_sales_q")


def git(folder: Path, *words: str) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env = {**plain, **ASHA, **BOT, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=folder, env=env, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(rules: Path) -> Path:
    """Two versions of the rules, in a folder of a repository."""
    git(rules.parent, "init", "-q")
    git(rules.parent, "add", "rules")
    git(rules.parent, "commit", "-qm", "Begin with sales")
    (rules / FILE).write_text(SECOND, "utf-8", newline="\n")
    git(rules.parent, "commit", "-qam", "Send <i>sales</i> to the new queue")
    return rules


async def history(tab: Peer, *, has: str) -> str:
    """The panel, once it says something."""
    while True:
        html = str((await tab.until(kind="panel", panel="history"))["html"])
        if has in html:
            return html


@needs_git
async def test_versions_are_told_and_one_is_brought_back(repository: Path, join: Join) -> None:
    tab = await join()
    told = (await tab.until(kind="welcome"))["files"]
    if told[0]["text"] != SECOND:  # The file was written while the studio ran.
        disk = await tab.until(kind="disk", file=FILE)
        await tab.send(kind="change", file=FILE, version=1, changes=[[0, len(RULES), disk["text"]]])
        await tab.send(kind="took", file=FILE, digest=disk["digest"])
    await tab.send(kind="show", panel="history")
    html = await history(tab, has="Begin with sales")
    assert html.index("Send &lt;i&gt;sales&lt;/i&gt; to the new queue") < html.index("Begin with sales")
    assert "Asha &amp; Rao, 2026-03-02 11:05" in html
    newest, oldest = git(repository, "log", "--format=%H").splitlines()
    await tab.send(kind="act", panel="history", act="look", fields={"revision": newest})
    html = await history(tab, has="What changed in the rules")
    was, now = html.index("transfer queue sales_q"), html.index("transfer queue new_sales_q")
    assert was < now
    assert f"Lines of {FILE} that changed" in html
    await tab.send(kind="act", panel="history", act="restore", fields={"revision": oldest, "file": FILE})
    edit = await tab.until(kind="edit")
    assert [one["insert"] for one in edit["edits"]] == [RULES]
    assert (repository / FILE).read_text("utf-8") == SECOND
    # One that is no version of these rules.
    await tab.send(kind="act", panel="history", act="look", fields={"revision": "--output=/tmp/x"})
    assert "can't be read" in (await tab.until(kind="said"))["text"]


@needs_git
async def test_the_configuration_of_a_repository_runs_no_program(repository: Path, tmp_path: Path) -> None:
    """Whoever made the repository may have written anything into its configuration, its hooks and its attributes."""
    ran = tmp_path / "ran"
    trap = tmp_path / "trap.sh"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> "{ran}"\nexit 1\n')
    trap.chmod(trap.stat().st_mode | stat.S_IXUSR)
    top = repository.parent
    for name in (
        "core.fsmonitor",
        "core.pager",
        "pager.log",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.smudge",
        "filter.evil.clean",
        "gpg.program",
        "core.sshCommand",
        "core.askPass",
        "credential.helper",
    ):
        git(top, "config", name, str(trap))
    git(top, "config", "log.showSignature", "true")
    git(top, "config", "remote.origin.url", f"ext::{trap} %S")
    git(top, "config", "protocol.ext.allow", "always")
    git(top, "config", "remote.origin.promisor", "true")
    git(top, "config", "extensions.partialClone", "origin")
    (top / ".git" / "info" / "attributes").write_text("*.rules diff=evil filter=evil\n")
    for hook in ("post-index-change", "reference-transaction", "post-checkout"):
        shutil.copy(trap, top / ".git" / "hooks" / hook)
    ran.unlink(missing_ok=True)  # Writing the configuration may have set one off.
    asked = Git(repository)
    newest, oldest = await asked.versions()
    assert newest.files == oldest.files == (FILE,)
    assert await asked.before(newest) == oldest.revision
    assert await asked.before(oldest) == ""
    assert [one.text for one in await asked.sources(oldest.revision)] == [RULES]
    # What is missing would have to be fetched.
    with pytest.raises(NoHistory, match="gone"):
        await asked.source("0" * 40, FILE)
    assert not ran.exists(), ran.read_text()


@needs_git
async def test_where_there_is_no_history_the_panel_says_why(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoHistory, match=r"history\.(none|empty)"):
        await Git(rules).versions()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoHistory, match="no_git"):
        await Git(rules).versions()


@needs_git
async def test_of_a_single_file_only_its_own_versions_count(repository: Path) -> None:
    (repository / "other.rules").write_text("# other\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "Another file")
    assert (await Git(repository).versions())[0].subject == "Another file"
    assert len(await Git(repository, FILE).versions()) == 2
    assert (await Git(repository).versions())[0].files == ("other.rules",)
