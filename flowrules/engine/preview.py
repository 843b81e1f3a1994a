"""What an event would lead to: the decision, the plan and the exact requests, and no way to send them."""

import json
import shlex
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event, Source
from flowrules.engine.planning.plan import Plan
from flowrules.engine.planning.plan_json import plan_json, requests
from flowrules.engine.planning.planner import make_plan
from flowrules.engine.state import CallState, start_call, with_facts
from flowrules.language.nodes import Rank
from flowrules.language.values import Value
from flowrules.verbs import BY_NAME

PLATFORM_FACTS = ("call.", "lead.", "caller.", "campaign.")
"""Facts that begin so come from the platform, whoever types them."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A decision with its trace, and its plan."""

    decision: Decision
    plan: Plan
    counted: frozenset[str] = frozenset()
    """The ids of rules whose counters (`2 times`) the event brings on."""

    @property
    def matched(self) -> RuleRef | None:
        """The rule that owns the event, if any; `also` rules run beside it."""
        assert self.decision.trace is not None
        ref = self.decision.trace.ruleset.ref
        return next((ref(rule) for rule, _ in self.decision.parts if rule.rank is not Rank.ALSO), None)

    @property
    def requests(self) -> list[Mapping[str, Any]]:
        """The exact bodies in sending order, where every one of them is accepted."""
        return requests(self.plan)

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.decision.notes, *self.plan.notes)


def preview(
    ruleset: RuleSet, event: Event, now: datetime, *, known: Mapping[str, Value] | None = None
) -> Preview:
    """What would be sent if a call that began at `now`, of which `known` was known before, had this event."""
    return preview_in(ruleset, known_call(now, known or {}), event, now)


def preview_in(ruleset: RuleSet, state: CallState, event: Event, now: datetime) -> Preview:
    """What would be sent if a call that stands as `state` says had this event. The call stays as it is."""
    now = now.astimezone(UTC)
    heard = apply_event(ruleset, state, event, now)
    decision = decide(ruleset, event, heard, now, trace=True)
    counted = frozenset(rule for rule, count in heard.counts.items() if count is not state.counts.get(rule))
    return Preview(decision, make_plan(ruleset, decision, heard), counted)


def known_call(now: datetime, known: Mapping[str, Value]) -> CallState:
    """A call that has just begun, with facts from the platform or, by their names, from the host."""
    now = now.astimezone(UTC)
    platform = {key: Source.PLATFORM for key in known if key.startswith(PLATFORM_FACTS)}
    return with_facts(start_call("preview", now), known, now, platform)


def preview_json(shown: Preview) -> dict[str, Any]:
    """The preview as JSON data."""
    matched = shown.matched
    return {
        "revision": shown.plan.revision,
        "matched": matched and {"rule": matched.label, "file": matched.file, "line": matched.line},
        "requests": [dict(body) for body in shown.requests],
        "notes": list(shown.notes),
        "plan": deepcopy(plan_json(shown.plan)),
    }


def curl_commands(shown: Preview, base_url: str, call_id: str) -> Iterator[str]:
    """The requests as curl commands for a shell, with the token and the keys left to be filled in."""
    url = shlex.quote(f"{base_url}/api/v1/ai-sessions/{call_id}/control")
    for body in shown.requests:
        spec = BY_NAME.get(body["event"])
        headers = ['"Authorization: Bearer $CALLBACK_TOKEN"', "'Content-Type: application/json'"]
        if spec is None or spec.keyed:
            headers.append('"Idempotency-Key: $(uuidgen)"')
        data = shlex.quote(json.dumps(dict(body), ensure_ascii=False))
        yield " \\\n  ".join([f"curl -X POST {url}", *(f"-H {header}" for header in headers), f"-d {data}"])
