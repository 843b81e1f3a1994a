"""What playing calls shows of promises, in the list of rules and at a save."""

from pathlib import Path

import pytest

from flowrules.authoring import saving
from flowrules.exploration.kept import keep_promises
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.source import source_from_bytes
from flowrules.studio.on_disk import RulesOnDisk
from flowrules.studio.server import Studio
from tests.studio.conftest import Peer, dial, static_page

HELD = """\
rule "Declined often"
  on payment_declined 6 times
  say "We stop here."
end

promise "We never hang up" never hangup
"""
STEP = 'say "We stop here."'


async def test_a_promise_that_is_held_has_a_sign_and_one_that_a_long_story_breaks_is_not_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate of a save plays shorter stories than the one that breaks it; what is known beside it counts as well."""
    static_page(tmp_path, monkeypatch)
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.rules").write_text(HELD, "utf-8", newline="\n")
    async with Studio(RulesOnDisk(folder), port=0, story_seconds=60) as studio, dial(studio) as socket:
        tab = Peer(socket)
        await tab.until(kind="welcome")
        await tab.send(kind="show", panel="stories")
        blocks = await tab.until(kind="blocks")
        while blocks["blocks"][-1][-1] != "held":
            blocks = await tab.until(kind="blocks")
        assert blocks["blocks"][-1][:2] == ["We never hang up", "promise"]
        panel = await tab.until(kind="panel", panel="stories")
        while 'class="mark good">held in all calls that were played' not in panel["html"]:
            panel = await tab.until(kind="panel", panel="stories")

        at = HELD.index(STEP)
        await tab.send(kind="change", file="a.rules", version=1, changes=[[at, at + len(STEP), "hangup"]])
        blocks = await tab.until(kind="blocks", version=1)
        while blocks["blocks"][-1][3] != "error":
            assert blocks["blocks"][-1][-1] != "held"
            blocks = await tab.until(kind="blocks", version=1)
        await tab.send(kind="save")
        told = await tab.until(kind="not_saved")
        assert not told["losses"]
        assert 'The promise "We never hang up" is broken: "hangup" is done.' in told["text"]
        assert told["text"].count("payment_declined is reported.") == 6
        assert (folder / "a.rules").read_text("utf-8") == HELD
        # Another edit makes another text, of which nothing is known yet: the story does not count for that one.
        await tab.send(kind="change", file="a.rules", version=2, changes=[[at, at + 6, 'log "x"']])
        await tab.send(kind="save")
        await tab.until(kind="saved")


@pytest.mark.parametrize("is_played", [True, False])
async def test_promises_that_were_played_are_not_played_once_more_at_the_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_played: bool
) -> None:
    """They are where the text is another one than that which was played."""
    folder = tmp_path / "rules"
    folder.mkdir()
    file = folder / "a.rules"
    file.write_text(HELD, "utf-8", newline="\n")
    asked: list[object] = []

    def keep(*args: object, **options: object) -> object:
        asked.append(args)
        return keep_promises(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(saving, "keep_promises", keep)
    book = RuleBook(file)
    text = HELD.replace("We stop", "We end")
    digest = source_from_bytes((text if is_played else HELD).encode(), "a.rules").digest
    old = source_from_bytes(HELD.encode(), "a.rules").digest
    await saving.Saver(book).save({"a.rules": text}, {"a.rules": old}, played=(digest,))
    assert bool(asked) is not is_played
    assert file.read_text("utf-8") == text
