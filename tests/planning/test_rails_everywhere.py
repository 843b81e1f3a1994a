"""For generated rules: whatever the steps and however they are nested, no rail lets its verb through."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.engine.planning import planner
from flowrules.engine.planning.plan import FailedStep, PlannedStep, PlannedVerb
from flowrules.verbs import CATALOGUE, WORDS, Effect

USUAL = ("hold", "unhold", "mute", "unmute", 'say "x"', "recording_pause", "recording_resume")
LIVE = (
    *USUAL,
    *(one for spec in CATALOGUE if spec.effect in (Effect.LIVE, Effect.READ) for one in spec.examples),
)
RECORDS = tuple(one for spec in CATALOGUE if spec.effect is Effect.RECORD for one in spec.examples)
"""Every way of writing every verb; the usual ones come more often."""
STEPS = (*LIVE, *RECORDS, "set_disposition done", 'log "y"', "remember busy is yes", "forget busy", "do some")
ENDS = (
    "hangup", "transfer queue q", "transfer to desk",
    *(one for spec in CATALOGUE if spec.effect is Effect.ENDING for one in spec.examples),
)  # fmt: skip
GUARDS = (
    "when paying is yes",
    "unless verified is yes",
    "when busy is yes",
    "unless call.disposition is known",
)

WORDS_OF_RAILS = st.sampled_from(
    ["hold", "mute", "say", "hangup", "transfer", "set_disposition"]
) | st.sampled_from(sorted(WORDS))
HEAD = """\
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:00
end
steps some
  hold
  mute
end
destination desk is queue other
destination sales_desk is queue sales_main
default disposition is DONE
on other_event remember verified is yes
on prepare conference_start then conference_add agent a_1 as helper
"""

RAILS = st.lists(
    st.one_of(
        st.builds(
            lambda verb, guard, instead: f"never {verb} {guard}{instead}",
            WORDS_OF_RAILS,
            st.sampled_from(GUARDS),
            st.sampled_from(
                ["", " instead unhold", " instead unhold then hangup", " instead transfer queue other"]
            ),
        ),
        st.builds(
            lambda verb, guard, then: f"before {verb} {guard} then {then}",
            WORDS_OF_RAILS,
            st.sampled_from(GUARDS),
            st.sampled_from(
                ["mute", "set_disposition before_it", 'say "z" then hold', "remember busy is yes"]
            ),
        ),
    ),
    max_size=4,
)


@st.composite
def lines(draw: st.DrawFn, depth: int = 2) -> str:
    """A sequence; a branch stands in brackets. At most one end, which only records follow."""
    parts = [draw(step(depth)) for _ in range(draw(st.integers(0, 3)))]
    if draw(st.booleans()):
        parts += [
            draw(failing(st.sampled_from(ENDS), depth)),
            *draw(st.lists(st.just('log "after"'), max_size=2)),
        ]
    return " then ".join(parts or ["unhold"])


def step(depth: int) -> st.SearchStrategy[str]:
    return failing(st.sampled_from(STEPS[:-4]), depth) | st.sampled_from(STEPS)


def failing(verbs: st.SearchStrategy[str], depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return verbs
    return verbs | st.builds(lambda verb, then: f"{verb} if it fails then ({then})", verbs, lines(depth - 1))


def paths(
    steps: tuple[PlannedStep, ...], before: tuple[PlannedStep, ...] = ()
) -> Iterator[tuple[PlannedStep, ...]]:
    """Every way a plan can go: all that runs, with one step failing or none."""
    run = list(before)
    for planned in steps:
        if isinstance(planned, (PlannedVerb, FailedStep)):
            for branch in planned.branches:
                yield from paths(branch.steps, tuple(run))
        if not isinstance(planned, FailedStep):
            run.append(planned)
    yield tuple(run)


def known_after(
    run: tuple[PlannedStep, ...], known: dict[str, Any]
) -> Iterator[tuple[PlannedStep, dict[str, Any]]]:
    facts = dict(known)
    for planned in run:
        yield planned, dict(facts)
        if isinstance(planned, PlannedVerb) and planned.verb == "set_disposition":
            facts["call.disposition"] = "set"
        elif not isinstance(planned, PlannedVerb) and getattr(planned, "fact", "") == "busy":
            facts["busy"] = planned.value  # type: ignore[union-attr]


def binds(guard: str, facts: dict[str, Any]) -> bool:
    return {
        "when paying is yes": facts.get("paying") is True,
        "unless verified is yes": facts.get("verified") is not True,
        "when busy is yes": facts.get("busy") is True,
        "unless call.disposition is known": facts.get("call.disposition") is None,
    }[guard]


def stands_over(word: str, planned: PlannedVerb) -> bool:
    return word == planned.verb or (word == "say" and "tts_text" in planned.body)


@settings(deadline=None)
@given(
    steps=lines(),
    rails=RAILS,
    known=st.dictionaries(st.sampled_from(["paying", "verified", "busy"]), st.booleans()),
)
def test_no_never_lets_its_verb_through(
    plan_for: Any, steps: str, rails: list[str], known: dict[str, Any]
) -> None:
    planned = plan_for("\n".join([HEAD, *dict.fromkeys(rails), f"on go {steps}"]), known=known, checks=False)
    nevers = [rail.split(" ", 2) for rail in rails if rail.startswith("never")]
    for run in paths(tuple(planned.steps)):
        ends = [one for one in run if isinstance(one, PlannedVerb) and one.effect is Effect.ENDING]
        assert len(ends) <= 1
        assert not ends or run[-1] is ends[0]
        for one, facts in known_after(run, known):
            if not isinstance(one, PlannedVerb):
                continue
            for _, word, rest in nevers:
                guard = rest.split(" instead")[0]
                assert not (stands_over(word, one) and binds(guard, facts)), (one.path, word, guard)


@settings(deadline=None)
@given(
    steps=lines(),
    beside=lines(),
    rails=RAILS,
    known=st.dictionaries(st.sampled_from(["paying", "verified", "busy"]), st.booleans()),
)
def test_a_ready_plan_is_the_one_that_would_be_woven(
    plan_for: Any, steps: str, beside: str, rails: list[str], known: dict[str, Any]
) -> None:
    for rules in (f"on go {steps}", f"also on go {beside}\non go {steps}"):
        text = "\n".join([HEAD, *dict.fromkeys(rails), rules])
        with patch.object(planner, "_ready", return_value=None):
            planned_steps = plan_for(text, known=known, checks=False).plan
        assert plan_for(text, known=known, checks=False).plan == planned_steps
