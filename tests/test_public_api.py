"""The public API: these names, with these shapes. Whoever changes a line here changes what hosts rely on."""

import inspect
import subprocess
import sys
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import flowrules

RULES = 'timezone UTC\n# A buyer.\non intent=sales when during office transfer queue sales_q\non paid log "x"\nhours office\n  mon to fri 09:00 to 18:00\nend\n'

SIGNATURES = {
    "load": (
        "(path: pathlib.Path | str, *, agent_type: str = 'agent', fence: DestinationPolicy | None = None) -> RuleSet"
    ),
    "check": "(path: pathlib.Path | str, *, fence: DestinationPolicy | None = None) -> tuple[Diagnostic, ...]",
    "preview": (
        "(rules: RuleSet | pathlib.Path | str, event: Event | str | Mapping[str, object], *, "
        "known: Mapping[str, object] | None = None, at: datetime.datetime | None = None) -> Preview"
    ),
    "why": (
        "(rules: RuleSet | pathlib.Path | str, event: Event | str | Mapping[str, object], *, "
        "known: Mapping[str, object] | None = None, at: datetime.datetime | None = None) -> tuple[RuleLine, ...]"
    ),
    "diff": "(old: RuleSet | pathlib.Path | str, new: RuleSet | pathlib.Path | str) -> 'Difference'",
    "replay": (
        "(new: RuleSet | pathlib.Path | str, over: 'Path | str | Iterable[Recorded]', "
        "against: RuleSet | pathlib.Path | str | None = None, *, columns: Mapping[str, str] | None = None, "
        "ignored: Iterable[str] = (), supposing: Mapping[str, str] | None = None) -> 'Answer'"
    ),
    "make_event": (
        "(*bare: str, facts: Mapping[str, object] | None = None, source: Source = <Source.HOST: 1>, "
        "event_id: str = '', turn_id: str = '', reported: bool = True) -> Event"
    ),
    "report": ("(journal: pathlib.Path | str, rules: RuleSet | pathlib.Path | str | None = None) -> Report"),
    "Engine": (
        "(rules: RuleBook | pathlib.Path | str, *, settings: Settings | None = None, "
        "control: ControlClient | None = None, clock: Clock | None = None, "
        "verbs: Mapping[str, Callable[[HostVerb], Awaitable[VerbAnswer]]] | None = None, "
        "voice: Callable[[HostSay], Awaitable[VoiceAnswer]] | None = None, "
        "candidate: RuleBook | pathlib.Path | str | None = None, telemetry: Observer | None = None, "
        "fleet: FleetMember | None = None) -> None"
    ),
    "Engine.call": (
        "(self, call_id: str, *, token: SecretStr | None = None, facts: Mapping[str, object] | None = None) "
        "-> CallSession"
    ),
    "Engine.call_from": "(self, frame: str | bytes | Mapping[str, Any]) -> CallSession",
    "Engine.subscribe": "(self, listener: Callable[[CallSession, EventOutcome], None]) -> Callable[[], None]",
    "Engine.health": "(self) -> Health",
    "Engine.aclose": "(self) -> None",
    "CallSession.event": (
        "(self, *bare: str, facts: Mapping[str, object] | None = None, source: Source = <Source.HOST: 1>, "
        "event_id: str = '', turn_id: str = '', **keys: object) -> EventOutcome"
    ),
    "CallSession.post": (
        "(self, *bare: str, facts: Mapping[str, object] | None = None, source: Source = <Source.HOST: 1>, "
        "event_id: str = '', turn_id: str = '', **keys: object) -> 'asyncio.Future[EventOutcome]'"
    ),
    "CallSession.preview": (
        "(self, *bare: str, facts: Mapping[str, object] | None = None, source: Source = <Source.HOST: 1>, "
        "turn_id: str = '', **keys: object) -> Preview"
    ),
    "CallSession.frame": (
        "(self, frame: str | bytes | Mapping[str, Any]) -> "
        "Metadata | TokenRefresh | Dtmf | PlayDone | Mark | Other | Ignored"
    ),
    "CallSession.close": "(self, why: str = 'the WebSocket has closed') -> EventOutcome",
    "CallSession.revoke": "(self) -> Revoked",
    "CallSession.take_advice": "(self) -> tuple[str, ...]",
    "CallSession.take_said": "(self) -> tuple[Said, ...]",
    "CallSession.on_said": "(self, listener: Callable[[Said], object]) -> Callable[[], None]",
    "CallSession.speak_with": ("(self, voice: Callable[[HostSay], Awaitable[VoiceAnswer]] | None) -> None"),
    "HostVerb": ("(call_id: str, verb: str, body: Mapping[str, Any], step: str, seconds: float) -> None"),
    "HostSay": "(call_id: str, text: str, voice: str, step: str, seconds: float) -> None",
    "VerbAnswer.accepted": "(reply: Mapping[str, Any] | None = None) -> 'VerbAnswer'",
    "VerbAnswer.refused": (
        "(reason: Reason | str = <Reason.REFUSED: 'refused'>, message: str = '') -> 'VerbAnswer'"
    ),
    "VerbAnswer.unknown": "(message: str = '') -> 'VerbAnswer'",
    "VoiceAnswer.spoken": "() -> 'VoiceAnswer'",
    "VoiceAnswer.interrupted": "(heard: str | None = None) -> 'VoiceAnswer'",
    "VoiceAnswer.failed": (
        "(reason: Reason | str = <Reason.UNAVAILABLE: 'unavailable'>, message: str = '') -> 'VoiceAnswer'"
    ),
    "Said": "(text: str, step: str, event_id: str, rule: RuleRef, voice: str = '', interrupted: bool = False)",
    "CallSession.bot_speaking": "(self) -> None",
    "CallSession.bot_finished": "(self) -> None",
    "CallSession.caller_speaking": "(self) -> None",
    "AgentServer": (
        "(engine: Engine, *, host: str = '127.0.0.1', port: int = 0, agent_token: SecretStr | None = None, "
        "events_key: SecretStr | None = None, metrics_key: SecretStr | None = None, more: 'Sequence[HostRoute]' = ()) -> None"
    ),
    "RuleBook.load": (
        "(path: pathlib.Path | str, *, last_good: pathlib.Path | None = None, holds_at_start: bool = True, "
        "**options: Any) -> 'RuleBook'"
    ),
    "RuleBook.from_text": "(text: str, **options: Any) -> 'RuleBook'",
    "RuleBook.reload": "(self) -> LoadOutcome",
    "RuleBook.accept": "(self) -> LoadOutcome | None",
}

ERRORS = {
    "FlowrulesError": Exception,
    "ControlError": "FlowrulesError",
    "UnsafeAddress": "ControlError",
    "WireUnusable": "ControlError",
    "WrongCall": "ControlError",
    "RequestFailed": "ControlError",
    "RunError": "FlowrulesError",
    "BadFrame": "RunError",
    "CallInUse": "RunError",
    "NotRunning": "RunError",
    "WaitsForItself": "RunError",
    "FleetError": "RunError",
    "FleetUnavailable": "RunError",
    "RulesRefused": "RunError",
    "JournalError": "RunError",
    "BadEvent": ValueError,
}

OTHERS = {
    "CallSession", "CandidateDifference", "CandidateReport", "Clock", "Diagnostic", "Event", "EventOutcome",
    "EventStatus", "Findings", "Fsync", "Health", "LoadOutcome", "LoadStatus", "Mode", "Preview", "Reason",
    "Receipt", "Report", "RuleBook", "RuleSet", "SayBy", "Settings", "Severity", "Source", "Status", "StepOutcome",
    "SystemClock", "Telemetry", "TokenLifetime", "WireChoice", "ManualClock",
}  # fmt: skip


def _shape(name: str) -> str:
    found: Any = flowrules
    for part in name.split("."):
        found = getattr(found, part)
    text = str(inspect.signature(found))
    for module in sorted({"flowrules", "collections.abc", "typing", "pydantic"}, key=len):
        text = _without(text, module)
    return text


def _without(text: str, module: str) -> str:
    """The text without the names of modules in front of names."""
    import re

    return re.sub(rf"\b{re.escape(module)}(?:\.[a-z_]+)*\.(?=[A-Z])", "", text)


def test_the_names_are_these() -> None:
    functions = {name.partition(".")[0] for name in SIGNATURES}
    assert set(flowrules.__all__) == functions | set(ERRORS) | OTHERS
    assert flowrules.__all__ == sorted(flowrules.__all__)
    assert set(flowrules._HOMES) == set(flowrules.__all__)


@pytest.mark.parametrize("name", flowrules.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(flowrules, name) is not None
    assert name in dir(flowrules)


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        flowrules.Nothing  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_shapes_are_these(name: str) -> None:
    assert _shape(name) == SIGNATURES[name]


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_a_tree(name: str) -> None:
    above = ERRORS[name]
    parent = getattr(flowrules, above) if isinstance(above, str) else above
    assert getattr(flowrules, name).__bases__ == (parent,)


def test_importing_it_imports_nothing_else() -> None:
    code = (
        "import sys, flowrules; print([m for m in sys.modules if m.partition('.')[0] in {names!r}])".format(
            names={
                "pydantic",
                "lark",
                "httpx",
                "starlette",
                "structlog",
                "phonenumbers",
                "regex",
                "rich",
                "typer",
                "email",  # of importlib.metadata
            }
        )
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_framework_is_imported_unless_its_adapter_is() -> None:
    code = (
        "import sys, flowrules, flowrules.agents.tool, flowrules.agents.turn_taking; "
        "[getattr(flowrules, name) for name in flowrules.__all__]; "
        "print([m for m in ('pipecat', 'livekit', 'mcp', 'openai', 'typer', 'structlog') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- rules without a call -----------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.rules"
    path.write_text(RULES)
    return path


@pytest.mark.parametrize("as_text", [True, False])
def test_a_path_can_be_asked(path: Path, as_text: bool) -> None:
    rules = str(path) if as_text else path
    shown = flowrules.preview(rules, {"intent": "sales"}, at=datetime(2026, 3, 2, 11))
    assert shown.matched is not None
    assert [body["event"] for body in shown.requests] == ["transfer"]


def test_rules_can_be_loaded_once_and_asked_often(path: Path) -> None:
    rules = flowrules.load(path)
    assert [body["event"] for body in flowrules.preview(rules, "paid").requests] == ["log"]
    assert flowrules.preview(rules, flowrules.make_event("paid")).matched is not None
    assert flowrules.preview(rules, {"intent": "billing"}).matched is None


def test_a_time_without_an_offset_is_the_rules_own(path: Path) -> None:
    path.write_text(RULES.replace("UTC", "Asia/Kolkata"))
    open_at = [
        hour
        for hour in range(24)
        if flowrules.preview(path, {"intent": "sales"}, at=datetime(2026, 3, 2, hour)).requests
    ]
    assert open_at == list(range(9, 18))


def test_why_has_a_line_for_every_rule(path: Path) -> None:
    lines = flowrules.why(path, {"intent": "sales"}, at=datetime(2026, 3, 1, 11))
    assert [line.reason for line in lines] == [
        "not met because office is closed, opens Monday 09:00",
        "waits for something else: on paid",
    ]


def test_rules_with_errors_are_refused_with_their_findings(tmp_path: Path) -> None:
    path = tmp_path / "b.rules"
    path.write_text("on intent=sales transfr queue x\n")
    with pytest.raises(flowrules.RulesRefused, match="transfr") as refused:
        flowrules.load(path)
    assert refused.value.findings == flowrules.check(path)
    assert flowrules.check(path)[0].code.severity is flowrules.Severity.ERROR
    with pytest.raises(OSError, match="there is no file"):
        flowrules.load(tmp_path / "c.rules")


def test_a_hostile_event_is_refused_in_words(path: Path) -> None:
    for event in ({"call.muted": True}, {"x": object()}, {"": 1}):
        with pytest.raises(flowrules.BadEvent):
            flowrules.preview(path, event)


def test_the_version_is_the_installed_one() -> None:
    assert flowrules.__version__ == metadata.version("flowrules")


def test_a_name_of_an_earlier_release_is_the_new_one_and_says_so() -> None:
    with pytest.warns(DeprecationWarning, match=r"flowrules\.WoundClock is now flowrules\.ManualClock"):
        assert flowrules.WoundClock is flowrules.ManualClock  # type: ignore[attr-defined]
    with pytest.warns(
        DeprecationWarning, match=r"hearing\.hear is now flowrules\.agents\.turn_taking\.report_speech"
    ):
        from flowrules.agents.hearing import hear
    assert hear is flowrules.agents.turn_taking.report_speech
