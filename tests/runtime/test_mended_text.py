"""Half of a surrogate pair, and bytes that are no UTF-8: one rule at every door, and the same one after a restart."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.call.outcome import EventStatus
from flowrules.engine.event import make_event
from flowrules.language.unicode import mended, mended_data, read_json
from flowrules.runtime.calls.frames import Metadata, read_frame
from flowrules.runtime.engine import Engine
from flowrules.runtime.journal import read_journal, story, verify
from flowrules.runtime.journal.reader import entry_of
from flowrules.runtime.reports import read_report
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Sandbox

HALF = "\ud83d"
ANY = st.text(
    st.characters(codec=None, categories=None) | st.sampled_from(["\ud83d", "\ude00", "😀", "a", "\\"])
)


@given(ANY)
def test_what_is_mended_can_be_written_and_whole_text_stays(text: str) -> None:
    whole = mended(text)
    assert whole.encode().decode() == whole
    assert mended(whole) == whole
    try:
        text.encode()
    except UnicodeEncodeError:
        assert whole != text
    else:
        assert whole == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | ANY,
        lambda inner: st.lists(inner) | st.dictionaries(ANY, inner),
    )
)
def test_json_is_read_as_it_was_meant(value: Any) -> None:
    text = json.dumps(value)
    assert read_json(text) == read_json(text.encode()) == mended_data(value)


@pytest.mark.parametrize(
    "text", ["", "{", "[NaN]", '["\\ud83d", NaN]', "[" * 100_000 + '"\\ud83d"', b"\xff{", '{"a": "\\ud83d"']
)
def test_what_is_no_json_is_told(text: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_json(text)


def test_halves_that_belong_together_become_one_again() -> None:
    assert mended("\ud83d\ude00") == "😀"
    assert mended("a\ud83db") == mended("a\ude00b") == "a\ufffdb"
    assert mended(HALF) == "\ufffd"


def test_every_part_of_an_event_is_mended() -> None:
    event = make_event(
        f"bare{HALF}",
        facts={f"n{HALF}": f"v{HALF}", "list": [f"a{HALF}"], "deep": {f"x{HALF}": HALF}},
        event_id=f"e{HALF}",
        turn_id=f"t{HALF}",
    )
    assert event.keys == {
        "bare\ufffd": True, "n\ufffd": "v\ufffd", "list": ("a\ufffd",), "deep.x\ufffd": "\ufffd"
    }  # fmt: skip
    assert (event.event_id, event.turn_id) == ("e\ufffd", "t\ufffd")


@pytest.mark.parametrize("as_what", ["text", "bytes", "object", "latin-1"])
def test_a_metadata_frame_that_is_cut_in_mid_emoji_opens_its_call(as_what: str) -> None:
    fields = {"type": "metadata", "call_id": "c1", "lead": {"name": f"Asha {HALF}", f"x{HALF}": "y"}}
    frame: Any = fields
    if as_what == "text":
        frame = json.dumps(fields)
    elif as_what == "bytes":
        frame = json.dumps(fields).encode()
    elif as_what == "latin-1":
        frame = '{"type": "metadata", "call_id": "c1", "lead": {"name": "Asha \xe9", "x": "y"}}'.encode(
            "latin-1"
        )
    read = read_frame(frame, first=True)
    assert isinstance(read, Metadata)
    assert read.facts["lead.name"] == "Asha \ufffd"
    assert "y" in read.facts.values()


@pytest.mark.parametrize(
    "body", ['{"event_id": "e\\ud83d", "said": "\\ud83d hi"}', b'{"event_id": "e\xff", "said": "\xff hi"}']
)
def test_a_report_over_http_is_mended(body: str | bytes) -> None:
    report = read_report(body)
    assert report.event_id == "e\ufffd"
    assert report.all_facts == {"said": "\ufffd hi"}


def test_a_line_that_an_older_version_wrote_can_be_read() -> None:
    entry = entry_of(b'{"seq":1,"prev":"","at":"","kind":"decided","call":"c1","event":"e\\ud83d"}\n')
    assert entry is not None
    assert entry.event == "e\ufffd"


@pytest.mark.parametrize(
    "report",
    [
        {"event_id": f"e{HALF}"},
        {"event_id": "e", "turn_id": f"t{HALF}"},
        {"event_id": "e", f"n{HALF}": f"v{HALF}"},
        {"event_id": f"#{HALF}"},
    ],
)
async def test_the_same_event_is_known_after_a_restart(
    sandbox: Sandbox, tmp_path: Path, report: dict[str, Any]
) -> None:
    rules = RuleBook.from_text('on intent=x log "a"\n')
    opened = await sandbox.open_call()
    frame = {**opened.metadata, "lead": {"name": HALF, f"n{HALF}": 1}}

    def settings(folder: str) -> Settings:
        return Settings(base_url=sandbox.base_url, journal=tmp_path / folder, watch=False)

    async with Engine(rules, settings=settings("first")) as engine:
        call = engine.call_from(frame)
        assert (await call.event(intent="x", **report)).status is EventStatus.DONE
        assert (await call.event(intent="x", **report)).repeated
        # As if the process were killed now.
        shutil.copytree(tmp_path / "first", tmp_path / "second")
    assert verify(tmp_path / "first") == ()
    assert list(story(tmp_path / "first", call.call_id))
    for path in (tmp_path / "first").glob("*.jsonl"):
        assert all(json.loads(line) for line in path.read_text("utf-8").splitlines())
    async with Engine(rules, settings=settings("second")) as engine:
        outcome = await engine.call_from(frame).event(intent="x", **report)
        assert outcome.status is EventStatus.REPEATED
    assert sandbox.acted(call.call_id) == ["log"]
    assert sum(entry.kind == "sending" for entry in read_journal(tmp_path / "second")) == 1
