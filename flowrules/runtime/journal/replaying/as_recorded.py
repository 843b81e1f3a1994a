"""Decisions and plans as they are on record, for a replay that can't make them again: what they depend on is masked."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision, Outcome, Part, instead_of
from flowrules.engine.event import Event, Source
from flowrules.engine.key_entry import ends_entry
from flowrules.engine.planning.plan import (
    AdviseStep,
    Branch,
    Cap,
    FailedStep,
    Plan,
    PlannedStep,
    PlannedVerb,
    PlanPart,
    RememberStep,
    SilentStep,
    WaitStep,
    every_step,
)
from flowrules.engine.planning.plan_json import plan_json
from flowrules.engine.planning.planner import make_plan
from flowrules.engine.spoken_length import spoken_seconds
from flowrules.engine.state import CallState
from flowrules.runtime.journal.replaying.comparing import alike, holds_mask
from flowrules.verbs import BY_NAME, Effect

_SOURCES = {source.name.lower(): source for source in Source}


class Recorded:
    """Decides and plans as the engine does. Where that gives something else than what is on record of the same event,
    and something of it is masked, what is on record is taken as given. `given` are the ids of those events."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        entries = tuple(entries)
        self._decided = {
            str(entry.get("event")): entry
            for entry in entries
            if entry.get("kind") == "decided" and "turn" in entry
        }
        self._passing = {
            str(entry.get("event")): str(entry["rule"])
            for entry in entries
            if entry.get("kind") == "note" and "rule" in entry
        }
        """By the event, the urgent rule that was to take it before what was under way."""
        self._events = {str(entry.get("event")) for entry in entries}
        self._spoken = {
            text: seconds
            for entry in self._decided.values()
            for text, seconds in (entry.get("spoken") or {}).items()
        }
        self.given: dict[str, None] = {}

    def decide(
        self, ruleset: RuleSet, event: Event, state: CallState, now: datetime, trace: bool = False
    ) -> Decision:
        found = decide(ruleset, event, state, now, trace=trace)
        passing = self._passing.get(event.event_id)
        if (
            passing
            and event.event_id not in self._decided
            and (found.owner is None or found.owner.id != passing)
        ):
            return self._given(found, ruleset, [(passing, Outcome.FIRED)]) or found
        recorded = self._masked(found)
        if recorded is None:
            return found
        took = [(rule["id"], rule["outcome"]) for rule in recorded["rules"]]
        if took == [(rule.id, outcome.value) for rule, outcome in found.parts]:
            return found
        return self._given(found, ruleset, took) or found

    def _given(self, like: Decision, ruleset: RuleSet, took: list[tuple[str, str]]) -> Decision | None:
        given = _decision(like, ruleset, took)
        if given is not None:
            self.given[like.event.event_id] = None
        return given

    def plan(self, ruleset: RuleSet, decision: Decision, state: CallState) -> Plan:
        plan = make_plan(ruleset, decision, state)
        recorded = self._masked(decision)
        if recorded is None or alike(recorded["plan"], plan_json(plan)["parts"]):
            return plan
        self.given[decision.event.event_id] = None
        return Plan(plan.revision, tuple(_parts(recorded["plan"], plan)), tuple(recorded.get("notes") or ()))

    def spoken_seconds(self, text: str) -> float:
        """How long a text takes to be spoken: what is masked in it has another length."""
        return self._spoken.get(text) or spoken_seconds(text)

    def ends_entry(self, ruleset: RuleSet, keys: str, name: str) -> bool:
        """Whether an entry of keys was over with this event; what is masked in it has another length."""
        return name in self._events if holds_mask(keys) else ends_entry(ruleset, keys, name)

    def _masked(self, decision: Decision) -> Mapping[str, Any] | None:
        """What is on record of the same event, where something is masked that it carried or that was asked for: on
        record, or for the replay, which may know less."""
        recorded = self._decided.get(decision.event.event_id)
        if recorded is None:
            return None
        names = (*decision.event.keys, *(recorded.get("facts") or ()))
        if holds_mask(recorded) or any(holds_mask(decision.facts.get(name)) for name in names):
            return recorded
        return None


def _decision(like: Decision, ruleset: RuleSet, took: list[tuple[str, str]]) -> Decision | None:
    """The decision that these rules took the event; None where one of them is not among the rules."""
    rules = {rule.id: rule for rule in ruleset.rules}
    parts: list[Part] = []
    for rule_id, outcome in took:
        if rule_id not in rules:
            return None
        parts.append((rules[rule_id], Outcome(outcome)))
    return instead_of(like, parts)


def _parts(recorded: Iterable[Mapping[str, Any]], like: Plan) -> Iterator[PlanPart]:
    made = {
        (part.rule.id, step.path): step
        for part in like.parts
        for step in every_step(part.steps)
        if isinstance(step, PlannedVerb | RememberStep)
    }
    for part in recorded:
        rule = RuleRef(**part["rule"])
        steps = tuple(_steps(part["steps"], rule.id, made))
        rails = tuple((one["at"], RuleRef(**one["rail"])) for one in part.get("rails", ()))
        yield PlanPart(rule, part["outcome"], steps, part.get("urgent", False), rails)


_Made = Mapping[tuple[str, str], PlannedVerb | RememberStep]


def _steps(recorded: Iterable[Mapping[str, Any]], rule: str, made: _Made) -> Iterator[PlannedStep]:
    for step in recorded:
        path = step["path"]
        branches = tuple(
            Branch(tuple(branch.get("reasons", ())), tuple(_steps(branch["steps"], rule, made)))
            for branch in step.get("if_it_fails", ())
        )
        match step["step"]:
            case "verb":
                yield _verb(step, branches, made.get((rule, path)))
            case "failed":
                optional = step.get("optional", False)
                yield FailedStep(path, step["verb"], step["reason"], step["message"], branches, optional)
            case "wait":
                yield WaitStep(path, step["seconds"])
            case "advise":
                yield AdviseStep(path, step["text"])
            case "stay silent":
                yield SilentStep(path)
            case "remember" | "forget":
                like = made.get((rule, path))
                provisional = like is not None and like.provisional
                source = _SOURCES[step.get("source", "platform")]
                yield RememberStep(path, step["fact"], step.get("value"), provisional, source)


def _verb(step: Mapping[str, Any], branches: tuple[Branch, ...], like: object) -> PlannedVerb:
    verb, cap = step["verb"], step.get("cap")
    spec = BY_NAME.get(verb)
    made = PlannedVerb(
        step["path"],
        verb,
        step["body"],
        Effect(step["effect"]),
        spec is None or spec.keyed,
        step.get("wait_for_speech", False),
        step.get("late") or None,
        step.get("keep_as"),
        cap and Cap(cap["seconds"], cap["verb"], cap["body"]),
        step.get("patience"),
        branches,
        step.get("note", ""),
        step.get("optional", False),
        step.get("best_effort", False),
        source=_SOURCES[step.get("source", "platform")],
    )
    if isinstance(like, PlannedVerb) and like.verb == verb:  # What a plan's JSON does not tell.
        made = replace(made, provisional=like.provisional, closes_cap=like.closes_cap, keyed=like.keyed)
    return made
