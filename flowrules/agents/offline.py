"""Rules without a call, for scripts: read them, ask what an event would lead to, and why. Nothing here can send."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from flowrules.analysis.host_fence import DEFAULT_FENCE, HostFence
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings
from flowrules.runtime.errors import RulesRefused
from flowrules.source import read, read_folder

if TYPE_CHECKING:
    from flowrules.engine.event import Event
    from flowrules.engine.preview import Preview
    from flowrules.engine.trace import RuleLine

# What decides is imported where it is called: who loads rules may not ask them. What reads and checks rules is, too:
# it takes longer than all the other names together.

Rules = RuleSet | Path | str
Happening: TypeAlias = "Event | str | Mapping[str, object]"
"""An event; a bare event by its name (`"payment_done"`); or what an event carries (`{"intent": "sales"}`)."""


def load(path: Path | str, *, agent_type: str = "agent", fence: HostFence | None = None) -> RuleSet:
    """The rules of a file or folder, or of a built rule set (`flowrules build`). Raises RulesRefused where they have
    errors, OSError where they can't be read. Texts that were loaded before are ready at once, from the user's cache.

    `agent_type` is what the platform is sent for a target `agent`: `agent_queue` where it refuses `agent`. `fence` is
    where the host lets callers be sent: `Settings(…).fence`; without one premium-rate numbers are out of bounds.
    """
    from flowrules.ready import load_ready

    loaded = load_ready(read(path), Path(path), agent_type=agent_type, fence=fence or DEFAULT_FENCE)
    if loaded.ruleset is None:
        from flowrules.diagnostics.render import concise

        raise RulesRefused(concise(loaded.findings).rstrip(), loaded.findings)
    return loaded.ruleset


def check(path: Path | str, *, fence: HostFence | None = None) -> Findings:
    """What is wrong in the rules of a file or folder, in their order; nothing where all is well. `fence` as for
    `load`. Raises OSError."""
    from flowrules.diagnostics.unread import without_rules
    from flowrules.ready import load_ready

    sources, folder = read_folder(Path(path))
    return *without_rules(sources, folder), *load_ready(
        sources, Path(path), fence=fence or DEFAULT_FENCE
    ).findings


def preview(
    rules: Rules,
    event: Happening,
    *,
    known: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> "Preview":
    """What an event would send, with the exact bodies.

        shown = preview("rules/", {"intent": "sales"}, known={"balance": 900}, at=datetime(2026, 3, 2, 11))
        shown.matched.label, shown.requests, shown.notes

    `known` is what was known before; what begins with `lead.`, `caller.`, `campaign.` or `call.` is the platform's.
    `at` without an offset is in the rules' time zone (where a clock shows it twice, its `fold` tells which); None is
    now. For many events load the rules once. Raises
    BadEvent, and what `load` raises.
    """
    from flowrules.engine.event import flatten
    from flowrules.engine.preview import preview as preview_event
    from flowrules.language.names import fold

    ruleset = rules if isinstance(rules, RuleSet) else load(rules)
    facts = {fold(name): value for name, value in flatten(known or {})}
    return preview_event(ruleset, as_event(event), _moment(ruleset, at), known=facts)


def why(
    rules: Rules,
    event: Happening,
    *,
    known: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> "tuple[RuleLine, ...]":
    """For every rule, in written order, what became of it: `line.rule.label`, `line.verdict`, `line.reason`. The
    rest as for `preview`."""
    from flowrules.engine.trace import trace_lines

    return trace_lines(preview(rules, event, known=known, at=at).decision)


def as_event(event: Happening) -> "Event":
    """Raises BadEvent."""
    from flowrules.engine.event import Event, make_event
    from flowrules.engine.raised import as_raised

    match event:
        case Event():
            return event
        case str():
            return as_raised(make_event(event))
        case Mapping():
            return as_raised(make_event(facts=event))


def _moment(ruleset: RuleSet, at: datetime | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    from flowrules.compiler.instants import to_instant

    return to_instant(at, ruleset.zone)
