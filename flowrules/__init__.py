"""Declarative call-flow rules for voice-AI agents: plain words in, telephony verbs out.

The whole public API is below. A host embeds an Engine; a script asks `load`, `preview`, `why` and `check`.

    async with Engine("rules/", settings=Settings(journal=Path("journal"))) as engine:
        call = engine.call_from(first_frame)
        outcome = await call.event(intent="sales")

    shown = preview("rules/", {"intent": "sales"}, known={"lead.owner": "priya"})

Beside it: `flowrules.sandbox` (the platform on this machine), `flowrules.agents` (tool schemas, and an adapter a
framework). A name is imported when it is first asked for, so that `import flowrules` costs nothing.
"""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowrules.api.comparing import diff, replay
    from flowrules.api.loading import check, load
    from flowrules.api.preview import preview, why
    from flowrules.call.outcome import EventOutcome, EventStatus, StepOutcome
    from flowrules.call.receipt import Reason, Receipt, Status
    from flowrules.call.said import Said
    from flowrules.compiler.ruleset import RuleSet
    from flowrules.control.clock import Clock, ManualClock, SystemClock
    from flowrules.control.credentials import TokenLifetime
    from flowrules.control.errors import (
        ControlError,
        FlowrulesError,
        RequestFailed,
        UnsafeAddress,
        WireUnusable,
        WrongCall,
    )
    from flowrules.control.wires import WireChoice
    from flowrules.diagnostics.diagnostic import Diagnostic, Findings, Severity
    from flowrules.engine.event import BadEvent, Event, Source, make_event
    from flowrules.engine.preview import Preview
    from flowrules.reporting.journal_report import report
    from flowrules.reporting.model import Report
    from flowrules.runtime.calls.session import CallSession
    from flowrules.runtime.candidates.candidate import CandidateDifference, CandidateReport
    from flowrules.runtime.engine import Engine
    from flowrules.runtime.errors import (
        BadFrame,
        CallInUse,
        FleetError,
        FleetUnavailable,
        JournalError,
        NotRunning,
        RulesRefused,
        RunError,
        WaitsForItself,
    )
    from flowrules.runtime.health import Health
    from flowrules.runtime.http.server import AgentServer
    from flowrules.runtime.rules.rulebook import LoadOutcome, LoadStatus, RuleBook
    from flowrules.runtime.sending.answers import VerbAnswer, VoiceAnswer
    from flowrules.runtime.sending.serving import HostSay, HostVerb
    from flowrules.runtime.settings import Fsync, Mode, SayBy, Settings
    from flowrules.telemetry.telemetry import Telemetry

_HOMES = {
    # live calls
    "Engine": "runtime.engine",
    "Health": "runtime.health",
    "Telemetry": "telemetry.telemetry",
    "CandidateDifference": "runtime.candidates.candidate",
    "CandidateReport": "runtime.candidates.candidate",
    "CallSession": "runtime.calls.session",
    "AgentServer": "runtime.http.server",
    "RuleBook": "runtime.rules.rulebook",
    "LoadOutcome": "runtime.rules.rulebook",
    "LoadStatus": "runtime.rules.rulebook",
    "Settings": "runtime.settings",
    "Mode": "runtime.settings",
    "SayBy": "runtime.settings",
    # what the host carries out itself
    "HostVerb": "runtime.sending.serving",
    "VerbAnswer": "runtime.sending.answers",
    "HostSay": "runtime.sending.serving",
    "VoiceAnswer": "runtime.sending.answers",
    # the rest of a host's settings
    "Fsync": "runtime.settings",
    "TokenLifetime": "control.credentials",
    "WireChoice": "control.wires",
    "Clock": "control.clock",
    "SystemClock": "control.clock",
    "ManualClock": "control.clock",
    # what became of an event
    "EventOutcome": "call.outcome",
    "EventStatus": "call.outcome",
    "StepOutcome": "call.outcome",
    "Receipt": "call.receipt",
    "Status": "call.receipt",
    "Reason": "call.receipt",
    "Said": "call.said",
    # without a call
    "load": "api.loading",
    "check": "api.loading",
    "preview": "api.preview",
    "why": "api.preview",
    "diff": "api.comparing",
    "replay": "api.comparing",
    "RuleSet": "compiler.ruleset",
    "Preview": "engine.preview",
    "Event": "engine.event",
    "Source": "engine.event",
    "make_event": "engine.event",
    "Diagnostic": "diagnostics.diagnostic",
    "Findings": "diagnostics.diagnostic",
    "Severity": "diagnostics.diagnostic",
    # what a journal says
    "report": "reporting.journal_report",
    "Report": "reporting.model",
    # errors
    "FlowrulesError": "control.errors",
    "ControlError": "control.errors",
    "UnsafeAddress": "control.errors",
    "WireUnusable": "control.errors",
    "WrongCall": "control.errors",
    "RequestFailed": "control.errors",
    "RunError": "runtime.errors",
    "BadFrame": "runtime.errors",
    "CallInUse": "runtime.errors",
    "NotRunning": "runtime.errors",
    "WaitsForItself": "runtime.errors",
    "FleetError": "runtime.errors",
    "FleetUnavailable": "runtime.errors",
    "RulesRefused": "runtime.errors",
    "JournalError": "runtime.errors",
    "BadEvent": "engine.event",
}
"""Where each name lives, below `flowrules`."""

_OLD_NAMES = {"WoundClock": "ManualClock"}
"""Names until 0.1, each with the one that stands for it now. They go with the release after the next."""

__all__ = [
    "AgentServer",
    "BadEvent",
    "BadFrame",
    "CallInUse",
    "CallSession",
    "CandidateDifference",
    "CandidateReport",
    "Clock",
    "ControlError",
    "Diagnostic",
    "Engine",
    "Event",
    "EventOutcome",
    "EventStatus",
    "Findings",
    "FleetError",
    "FleetUnavailable",
    "FlowrulesError",
    "Fsync",
    "Health",
    "HostSay",
    "HostVerb",
    "JournalError",
    "LoadOutcome",
    "LoadStatus",
    "ManualClock",
    "Mode",
    "NotRunning",
    "Preview",
    "Reason",
    "Receipt",
    "Report",
    "RequestFailed",
    "RuleBook",
    "RuleSet",
    "RulesRefused",
    "RunError",
    "Said",
    "SayBy",
    "Settings",
    "Severity",
    "Source",
    "Status",
    "StepOutcome",
    "SystemClock",
    "Telemetry",
    "TokenLifetime",
    "UnsafeAddress",
    "VerbAnswer",
    "VoiceAnswer",
    "WaitsForItself",
    "WireChoice",
    "WireUnusable",
    "WrongCall",
    "check",
    "diff",
    "load",
    "make_event",
    "preview",
    "replay",
    "report",
    "why",
]  # fmt: skip


__version__: str

if not TYPE_CHECKING:  # a type checker would take every name for one of ours

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version as installed  # 60 ms that no import should wait for

            globals()[name] = version = installed("flowrules")
            return version
        if name in _OLD_NAMES:
            new = _OLD_NAMES[name]
            warnings.warn(f"flowrules.{name} is now flowrules.{new}", DeprecationWarning, stacklevel=2)
            return globals().get(new) or __getattr__(new)
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
