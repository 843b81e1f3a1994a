"""No token anywhere: in logs, reprs, errors, outcomes, journals."""

import logging
import re
import traceback
from pathlib import Path
from typing import Any

import pytest
import structlog

from flowrules.control.errors import RequestFailed
from flowrules.engine.event import BadEvent
from flowrules.runtime.journal import verify
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Fault, Sandbox

TOKEN = re.compile(r"yt_(?:cb|live|test)_[0-9A-HJKMNP-TV-Z]{10}")


async def test_a_whole_call_leaves_no_token_behind(
    seat: Any, sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    """Everything on, at the most talkative level: refreshes, refusals, breaks, a revocation, a bad frame."""
    caplog.set_level(logging.DEBUG)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    shown: list[str] = []
    try:
        table = await seat(
            'on intent=x hold then unhold\non intent=y set_lead_field k to "{leak}"\non call_ended set_disposition d\n',
            tenant_key=sandbox.tenant_key,
            plan_deadline=0.5,
        )
        table.engine.subscribe(lambda call, outcome: shown.append(repr((call, outcome, outcome.decision))))
        sandbox.add_faults(
            Fault(kind="server_error"),
            Fault(kind="reset"),
            Fault(kind="refused", status=422),
            Fault(kind="malformed"),
        )
        for _ in range(3):
            await table.call.event(intent="x")
        frame = {
            "type": "token_refresh",
            "call_id": table.call.call_id,
            "callback_token": sandbox.refresh(table.call.call_id),
        }
        shown.append(repr(table.call.frame(frame)))
        shown.append(repr(table.call.frame({**frame, "call_id": "other"})))
        await table.call.event(intent="x")
        shown += [
            repr(table.call),
            repr(table.engine.health()),
            repr(table.engine.settings),
            repr(table.engine._control),
        ]
        shown.append(repr(vars(table.engine)))
        shown.append(repr(table.call.state))
        await table.call.revoke()
        await table.call.event(intent="x")
        with pytest.raises(RuntimeError) as raised:
            await table.call.revoke()
        shown.append("".join(traceback.format_exception(raised.value)))
        await table.call.close()
        await table.engine.aclose()
    finally:
        structlog.reset_defaults()
    out, err = capfd.readouterr()
    journal = (tmp_path / "journal" / "journal.jsonl").read_text()
    for name, text in [
        ("shown", "\n".join(shown)),
        ("log", caplog.text),
        ("out", out),
        ("err", err),
        ("journal", journal),
    ]:
        assert len(text) > 0 or name in ("err", "log"), "structlog was told, and nobody else logs"
        assert not TOKEN.search(text), name
        assert "Bearer yt" not in text


LEAKED = "yt_cb_01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.mark.not_replayed
async def test_a_token_that_the_host_passes_on_as_a_fact_is_cut_out(
    seat: Any, sandbox: Sandbox, tmp_path: Path
) -> None:
    table = await seat(
        f'on intent=x set_lead_field k to "{{leak}} {{frame.callback_token}}"\non intent=y log "{LEAKED}"\n'
    )
    opened = {"caller": "+911", "callback_token": LEAKED, "all": ["a", f"Bearer {LEAKED}"], LEAKED: 1}
    other = table.engine.call("other", facts=opened)
    assert (other.state.facts["caller"], other.state.facts["callback_token"]) == ("+911", "yt_cb_[redacted]")
    frame = {"type": "metadata", "callback_token": LEAKED}
    outcome = await table.call.event(
        intent="x", facts={"leak": f"<{LEAKED}>", "frame": frame, "all": [LEAKED, 1]}
    )
    assert outcome.matched
    [entry] = sandbox.ledger(table.call.call_id)
    assert entry.body["value"] == "<yt_cb_[redacted]> yt_cb_[redacted]"
    preview = table.call.preview(intent="x", facts={"leak": LEAKED})
    shown = repr((other.state, table.call.state, outcome, outcome.decision, preview))
    await table.call.event(intent="y")
    await table.engine.aclose()
    journal = (tmp_path / "journal" / "journal.jsonl").read_text()
    assert "yt_cb_[redacted]" in journal
    assert not TOKEN.search(shown + journal)
    assert verify(tmp_path / "journal") == ()


@pytest.mark.parametrize(
    "report",
    [{"event_id": LEAKED}, {"turn_id": f"t {LEAKED}"}, {"facts": {f"a.{LEAKED}": 1}}],
    ids=["event_id", "turn_id", "name"],
)
async def test_a_token_is_no_name(seat: Any, report: dict[str, Any]) -> None:
    table = await seat("on intent=x hold\n")
    with pytest.raises(BadEvent) as raised:
        await table.call.event(intent="x", **report)
    assert str(raised.value) == "an id or a name holds a token"
    with pytest.raises(ValueError, match="call id"):
        table.engine.call(LEAKED)
    assert table.requests == []


async def test_errors_that_are_raised_hold_no_token(seat: Any, sandbox: Sandbox) -> None:
    table = await seat("on intent=x hold\n", tenant_key="yt_test_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    with pytest.raises(RequestFailed) as raised:
        await table.call.revoke()
    told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    ours = [frame for frame in told.stack if "flowrules" in frame.filename]
    assert len(ours) > 2
    assert not TOKEN.search("".join(str(frame.locals) for frame in ours))
    chain = [raised.value, raised.value.__cause__, raised.value.__context__]
    assert not TOKEN.search("".join(f"{error!r}{getattr(error, 'args', '')}" for error in chain))


def test_settings_show_no_key() -> None:
    settings = Settings(tenant_key="yt_live_01ARZ3NDEKTSV4RRFFQ69G5FAV", journal_key="very-secret")
    assert "01ARZ3" not in repr(settings) + str(settings) + settings.model_dump_json()
    assert "very-secret" not in repr(settings) + settings.model_dump_json()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWRULES_MODE", "shadow")
    monkeypatch.setenv("FLOWRULES_TENANT_KEY", "yt_live_x")
    monkeypatch.setenv("FLOWRULES_ALLOW_NUMBERS", '["+91", "+1800"]')
    settings = Settings()
    assert settings.mode == "shadow"
    assert settings.tenant_key is not None
    assert settings.allow_numbers == ("+91", "+1800")
