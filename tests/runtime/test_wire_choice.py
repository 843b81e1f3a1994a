"""The host hears which library its verbs go out with, and may choose."""

import logging
from importlib import metadata
from pathlib import Path

import pytest

from flowrules import Engine, EventStatus, Mode, RuleBook, Settings, WireChoice, WireUnusable
from flowrules.sandbox import Sandbox

NAMES = {name: f"{name} {metadata.version(name)}" for name in ("httpx", "pyreqwest")}


@pytest.mark.parametrize(
    ("choice", "name"),
    [(WireChoice.AUTO, "pyreqwest"), (WireChoice.PYREQWEST, "pyreqwest"), (WireChoice.HTTPX, "httpx")],
)
async def test_health_and_log_say_which_it_is_once(
    choice: WireChoice, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "flowrules")
    async with Sandbox() as sandbox:
        settings = Settings(base_url=sandbox.base_url, wire=choice)
        async with Engine(RuleBook.from_text("on intent=bye hangup"), settings=settings) as engine:
            assert engine.health().wire == NAMES[name]
            opened = await sandbox.open_call()
            outcome = await engine.call_from(opened.metadata).event(intent="bye")
            assert outcome.status is EventStatus.ENDED
    said = [record.getMessage() for record in caplog.records if "wire.chosen" in record.getMessage()]
    assert len(said) == 1
    assert NAMES[name] in said[0]


async def test_it_says_why_it_is_not_the_fast_one(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "flowrules")
    monkeypatch.setattr("flowrules.control.wires.version", lambda name: "0.99.0")
    async with Engine(RuleBook.from_text("on intent=bye hangup"), settings=Settings()) as engine:
        assert engine.health().wire == NAMES["httpx"]
    assert "pyreqwest 0.99.0 is not one of the versions that are tried" in caplog.text


async def test_a_choice_that_cannot_be_had_starts_no_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rules = RuleBook.from_text("on intent=bye hangup")
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(WireUnusable, match="ca_file"):
        async with Engine(rules, settings=Settings(ca_file=tmp_path / "ca.pem")):
            pass
    monkeypatch.setattr("flowrules.control.wires.version", lambda name: "0.99.0")
    with pytest.raises(WireUnusable, match=r"pyreqwest 0\.99\.0"):
        async with Engine(rules, settings=Settings(wire=WireChoice.PYREQWEST)):
            pass


async def test_what_sends_nothing_has_no_wire(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "flowrules")
    async with Engine(
        RuleBook.from_text("on intent=bye hangup"), settings=Settings(mode=Mode.SHADOW)
    ) as engine:
        assert engine.health().wire == ""
    assert "wire.chosen" not in caplog.text


def test_the_environment_chooses_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWRULES_WIRE", "httpx")
    assert Settings().wire is WireChoice.HTTPX
