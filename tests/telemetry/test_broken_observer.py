"""An observer is told of calls, and has no part in them: whatever it raises, a call goes as without it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules import Engine, LoadStatus, Settings
from flowrules.sandbox import Sandbox

RULES = (
    'on intent=billing set_lead_field topic to billing then advise "Ask for the number."\non dtmf=1 hold\n'
)


class Broken(BaseException):
    """No Exception: a shield against those alone lets it through."""


class Raises:
    """Raises from each method but those named."""

    def __init__(self, *works: str) -> None:
        self.works = works

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def called(*_: object) -> Any:
            if name not in self.works:
                raise Broken(name)
            return self

        return called

    async def stopped(self) -> None:
        return None


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return tmp_path / "desk.rules"


def kinds_of(journal: Path) -> list[str]:
    """The kinds of the entries in a journal, in order."""
    lines = [line for path in sorted(journal.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line).get("kind", "") for line in lines]


def edit(rules: Path, text: str) -> None:
    rules.write_text(text)


async def played(rules: Path, journal: Path, telemetry: Any) -> tuple[list[str], dict[str, int]]:
    """The verbs that arrived, and what the engine counted. In the middle of the call its rules are edited."""
    edit(rules, RULES)
    async with Sandbox() as sandbox:
        settings = Settings(base_url=sandbox.base_url, journal=journal, watch=False, check_apart=False)
        async with Engine(rules, settings=settings, telemetry=telemetry) as engine:
            dialled = await sandbox.open_call()
            call = engine.call(dialled.call_id, token=SecretStr(dialled.callback_token))
            await call.event(intent="billing")
            edit(rules, RULES + "on dtmf=2 unhold\n")
            assert (await engine.rules.reload()).status is LoadStatus.LIVE
            await call.event(dtmf="1")
            await call.event(dtmf="2")
            await call.close()
        return [one.verb for one in sandbox.ledger(dialled.call_id)], engine.counters.snapshot()


@pytest.mark.parametrize(
    "works", [("started", "call"), ("started",)], ids=["each method of a call", "a call's beginning"]
)
async def test_a_call_goes_as_without_an_observer_that_raises(
    tmp_path: Path, rules: Path, works: tuple[str, ...]
) -> None:
    verbs, counts = await played(rules, tmp_path / "alone", None)
    assert verbs == ["set_lead_field", "hold", "unhold"]
    seen = await played(rules, tmp_path / "watched", Raises(*works))
    assert seen == (verbs, counts | {"listeners_broken": seen[1]["listeners_broken"]})
    assert kinds_of(tmp_path / "watched") == kinds_of(tmp_path / "alone") != []
