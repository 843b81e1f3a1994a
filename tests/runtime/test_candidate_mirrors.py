"""What became of the live rules' verbs becomes of the candidate's, and a candidate with errors waits for an edit."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flowrules import Engine, HostVerb, Mode, RuleBook, Settings, Status, VerbAnswer
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.candidates.candidate import CandidateReport
from flowrules.runtime.journal import verify
from flowrules.runtime.journal.replaying.replay import replay
from flowrules.sandbox import Sandbox

RULES = (
    "on intent=desk transfer queue desk_q\n"
    '  if it fails because at_capacity then log "full" then say "They are busy."\n'
    'on step_failed log "it failed"\n'
    'on intent=note log "note" then log "more"\n'
    "on intent=joins conference_add agent a_1 as expert\n"
    "on gone conference_remove expert\n"
    'on call_ended log "over"\n'
)


async def idle() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


def counts(report: CandidateReport) -> tuple[int, ...]:
    return (report.different, report.only_live, report.only_candidate, report.parted, report.broken)


async def beside(
    sandbox: Sandbox, folder: Path, live: str, new: str, answers: dict[str, Any], *events: Any
) -> CandidateReport:
    """The report on a call in which these verbs come to these answers."""

    async def serve(verb: HostVerb) -> VerbAnswer:
        answer = answers[verb.verb]
        await asyncio.sleep(0.01)
        if isinstance(answer, Exception):
            raise answer
        result: VerbAnswer = answer
        return result

    settings = Settings(base_url=sandbox.base_url, journal=folder, journal_fsync="never")
    verbs = dict.fromkeys(answers, serve)
    async with Engine(
        RuleBook.from_text(live), settings=settings, verbs=verbs, candidate=RuleBook.from_text(new)
    ) as engine:
        call = engine.call_from((await sandbox.open_call()).metadata)
        for event in events:
            await call.event(**event)
        await idle()
        await call.close()
        await idle()
        assert engine.candidate is not None
        report = engine.candidate.report()
    assert verify(folder) == ()
    assert [played.is_equal for played in replay(folder)] == [True]
    return report


@pytest.mark.parametrize(
    "answer",
    [
        VerbAnswer.refused("at_capacity"),
        VerbAnswer.refused("not_found"),
        VerbAnswer.unknown(),
        OSError("no line"),
    ],
    ids=str,
)
async def test_a_transfer_that_fails_fails_for_both(answer: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    report = await beside(
        sandbox,
        tmp_path / "j",
        RULES,
        RULES,
        {"transfer": answer},
        {"intent": "desk"},
        {"intent": "note"},
        {"intent": "note"},
    )
    assert counts(report) == (0, 0, 0, 0, 0)
    assert report.decisions >= 4


async def test_a_member_has_the_name_that_the_platform_gave(sandbox: Sandbox, tmp_path: Path) -> None:
    events = ({"intent": "joins"}, {"facts": {"gone": True}})
    answers = {"conference_add": VerbAnswer.accepted({"member_id": "m-77"})}
    report = await beside(sandbox, tmp_path / "j", RULES, RULES, answers, *events)
    assert counts(report) == (0, 0, 0, 0, 0)


async def test_what_only_the_candidate_sends_counts_as_accepted(sandbox: Sandbox, tmp_path: Path) -> None:
    live = RULES.replace("on step_failed", "on intent=unused")
    new = live.replace("on intent=note", "on intent=note hold then unhold\non intent=unused_too")
    report = await beside(
        sandbox,
        tmp_path / "j",
        live,
        new,
        {"log": VerbAnswer.refused()},
        {"intent": "note"},
        {"intent": "note"},
    )
    assert counts(report) == (2, 0, 0, 0, 0)
    first = report.differences[0]
    assert [body["event"] for body in first.candidate.sent] == ["hold", "unhold"]


async def test_the_same_verb_twice_in_one_event_has_two_fates(sandbox: Sandbox, tmp_path: Path) -> None:
    fates = [VerbAnswer.accepted(), VerbAnswer.refused("limited")]

    async def serve(verb: HostVerb) -> VerbAnswer:
        return fates.pop(0)

    rules = (
        'on intent=note log "a" then log "a"\n'
        '  if it fails because limited then set_lead_field x to "y"\n'
        "  if it fails then hold\n"
    )
    settings = Settings(base_url=sandbox.base_url)
    async with Engine(
        RuleBook.from_text(rules),
        settings=settings,
        verbs={"log": serve},
        candidate=RuleBook.from_text(rules),
    ) as engine:
        call = engine.call_from((await sandbox.open_call()).metadata)
        outcome = await call.event(intent="note")
        await idle()
        assert engine.candidate is not None
        assert [step.status for step in outcome.steps][:2] == [Status.ACCEPTED, Status.REFUSED]
        assert counts(engine.candidate.report()) == (0, 0, 0, 0, 0)


async def test_a_candidate_with_errors_decides_once_an_edit_has_mended_it(
    tmp_path: Path, eventually: Any
) -> None:
    path = tmp_path / "new.rules"
    path.write_text("on intent=note lgo\n")
    settings = Settings(mode=Mode.DRY_RUN)
    async with Engine(RuleBook.from_text(RULES), settings=settings, candidate=path) as engine:
        candidate = engine.candidate
        assert candidate is not None
        assert candidate.problem
        old = engine.call("c1")
        await old.event(intent="note")
        assert candidate.report().revision == ""
        path.write_text('on intent=note log "new"\n')
        await eventually(lambda: candidate.rules.is_live)
        assert engine.health().problems == ()
        await old.event(intent="note")
        await engine.call("c2").event(intent="note")
        await idle()
        assert (candidate.report().different, candidate.report().broken) == (1, 0)
        assert candidate.report().revision


async def test_a_candidate_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "later"
    settings = Settings(mode=Mode.DRY_RUN, watch=False)
    async with Engine(RuleBook.from_text(RULES), settings=settings, candidate=path) as engine:
        candidate = engine.candidate
        assert candidate is not None
        assert "can't be read" in candidate.problem
        path.mkdir()
        (path / "a.rules").write_text(RULES)
        await candidate.rules.reload()
        assert candidate.problem == ""
        await engine.call("c2").event(intent="note")
        await idle()
        assert (candidate.report().equal, candidate.report().different) == (1, 0)


async def test_what_the_host_has_against_the_candidate_is_on_no_record_of_the_live_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    objected: list[str] = []
    monkeypatch.setattr(Recorder, "objected", lambda self, why: objected.append(why))
    new = "allow numbers +1\non intent=note transfer number +15550100200\n"
    settings = Settings(mode=Mode.SHADOW, deny_numbers=("+1555",))
    async with Engine(
        RuleBook.from_text(RULES), settings=settings, candidate=RuleBook.from_text(new)
    ) as engine:
        await engine.call("c1").event(intent="note")
        await idle()
        assert engine.candidate is not None
        [difference] = engine.candidate.report().differences
        assert difference.candidate.sent[0]["destination"] == "+15550100200"
    assert objected == []


async def test_timers_that_one_event_begins_are_one_decision(eventually: Any) -> None:
    rules = 'on intent=note remember asked is yes\nafter 1 second of asked log "asked"\n'
    settings = Settings(mode=Mode.SHADOW)
    async with Engine(
        RuleBook.from_text(rules), settings=settings, candidate=RuleBook.from_text(rules)
    ) as engine:
        assert engine.candidate is not None
        calls = [engine.call(f"c{number}") for number in range(5)]
        for call in calls:
            await call.event(intent="note")
        await eventually(lambda: engine.counters["timers"] == len(calls))
        # The candidate's timers ring a moment later: a call that is closed before leaves one of them alone.
        await eventually(lambda: engine.candidate.report().equal == 2 * len(calls))
        for call in calls:
            await call.close()
        await idle()
        report = engine.candidate.report()
    assert counts(report) == (0, 0, 0, 0, 0)
    assert report.equal == 3 * len(calls)


async def test_a_candidate_that_is_ahead_waits_for_the_live_rules(sandbox: Sandbox) -> None:
    async def serve(verb: HostVerb) -> VerbAnswer:
        await asyncio.sleep(0.05)
        return VerbAnswer.refused("limited")

    # The live rules are at a slow verb that the candidate does not have.
    new = RULES.replace("on intent=note", "on intent=unused")
    settings = Settings(base_url=sandbox.base_url)
    async with Engine(
        RuleBook.from_text(RULES.replace("on step_failed", "on intent=unused_too")),
        settings=settings,
        verbs={"log": serve, "transfer": serve},
        candidate=RuleBook.from_text(new.replace("on step_failed", "on intent=unused_too")),
    ) as engine:
        assert engine.candidate is not None
        call = engine.call_from((await sandbox.open_call()).metadata)
        first, second = call.post(intent="note"), call.post(intent="desk")
        await first
        await second
        await idle()
        await call.close()
        await idle()
        assert counts(engine.candidate.report()) == (1, 0, 0, 0, 0)
