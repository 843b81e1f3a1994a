"""A draft is judged: all that checks, tests, stories and a comparison say of it, and one verdict with its reasons.

Nothing of it needs a model, and nothing is saved or sent.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.authoring.draft import Draft
from flowrules.authoring.names import unknown_names
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.loading.loaded import Loaded
from flowrules.compiler.lost.losses import Losses, losses
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hygiene import TEST_PROVES_NOTHING
from flowrules.diagnostics.codes.promises import BROKEN_PROMISE
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, Severity, in_order, open_findings
from flowrules.exploration.budget import Budget
from flowrules.exploration.coverage import Coverage
from flowrules.exploration.findings import findings_of
from flowrules.exploration.kept import LITTLE
from flowrules.exploration.search import Clock, explore
from flowrules.exploration.watchers import watchers_of
from flowrules.prose.page import Page
from flowrules.prose.read_back import of_files, read_back
from flowrules.recordings.call import Recorded
from flowrules.replaying.answer import Answer
from flowrules.replaying.run import replay_calls
from flowrules.replaying.told.summary import headline
from flowrules.scenarios.case_result import CaseResult
from flowrules.scenarios.comparing.difference import Difference, difference
from flowrules.scenarios.proof import unproven
from flowrules.scenarios.suite import run_tests

DEPTH = 3
INPUTS = 20_000
SECONDS = 10.0


class Verdict(StrEnum):
    READY = "ready"
    TO_LOOK_AT = "to look at"
    NOT_READY = "not ready"


@dataclass(frozen=True, slots=True)
class Review:
    """What is said of a draft.

    `reasons` are sentences, the gravest first; a draft that is ready has none. `findings` are those of the whole rule
    set with the draft in it, the stories of hazards and broken promises and the tests that prove nothing among them;
    `new` are those of them that are open and that the rule set has not without the draft. `failed` are tests. `unknown`
    are sentences about names. `losses`: what the rule set would lose. `changes` is None where there is no rule set to
    compare with, or one of the two has errors; `replayed` where no recording was given. `page` tells the draft's rules,
    None where the draft has errors. `looked` says how far stories were played.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    findings: Findings
    new: Findings
    tests: int = 0
    failed: tuple[CaseResult, ...] = ()
    promises: int = 0
    unknown: tuple[str, ...] = ()
    losses: Losses = Losses()
    changes: Difference | None = None
    replayed: Answer | None = None
    page: Page | None = None
    looked: tuple[str, ...] = ()
    depth: int = 0
    """So many things happen in the longest stories of which all were played."""
    zone: ZoneInfo | None = None
    """The time zone of the rules with the draft in them."""


def review(
    draft: Draft,
    *,
    recording: Callable[[RuleSet], Iterable[Recorded]] | None = None,
    clock: Clock,
    seconds: float = SECONDS,
    fence: DestinationPolicy = DEFAULT_POLICY,
    agent_type: str = "agent",
) -> Review:
    """Judge a draft. `recording` gives recorded calls for the rule set that is to play them; `clock` counts the
    `seconds` that stories may take. Raises what `recording` raises."""
    before, after = (
        load_rules(sources, agent_type=agent_type, fence=fence) for sources in (draft.before, draft.sources)
    )
    loaded = (*draft.unread, *after.findings)
    if after.ruleset is None:
        new = _new(loaded, (*draft.unread, *before.findings))
        return Review(Verdict.NOT_READY, tuple(_errors(loaded)), loaded, new)
    ruleset = after.ruleset
    suite = run_tests(ruleset)
    told, coverage = _stories(ruleset, clock, seconds)
    found = in_order((*loaded, *told, *unproven(ruleset, suite.cases)))
    new = _new(found, (*draft.unread, *before.findings))
    if before.ruleset is not None and (elsewhere := [one for one in new if _elsewhere(one, draft)]):
        new = _new(new, tuple(_had(before.ruleset, elsewhere, clock, seconds)))
    of_draft = [file for file in after.checkup.rules.read if file.source.path in draft.names]
    review = Review(
        Verdict.READY,
        (),
        found,
        new,
        tests=sum(case.location.source.path in draft.names for case in suite.cases),
        failed=tuple(case for case in suite.cases if not case.passed),
        promises=sum(block.source.path in draft.names for block in ruleset.checked.promises),
        unknown=unknown_names(of_draft, before.checkup.rules.read),
        page=of_files(read_back(ruleset), ruleset, draft.names),
        looked=coverage.words(),
        depth=coverage.depth if coverage.cut else DEPTH,
        zone=ruleset.zone,
    )
    return _judged(_compared(review, before, ruleset, recording), draft, ruleset)


def _compared(
    review: Review,
    before: Loaded,
    ruleset: RuleSet,
    recording: Callable[[RuleSet], Iterable[Recorded]] | None,
) -> Review:
    old = before.ruleset
    if old is None or not before.checkup.rules.files:
        return review
    replayed = replay_calls(recording(ruleset), ruleset, old) if recording is not None else None
    return replace(review, losses=losses(old, ruleset), changes=difference(old, ruleset), replayed=replayed)


def _judged(review: Review, draft: Draft, ruleset: RuleSet) -> Review:
    grave = [*_failures(review), *_broken(review)]
    doubts = list(_doubts(review, draft, ruleset))
    verdict = Verdict.NOT_READY if grave else Verdict.TO_LOOK_AT if doubts else Verdict.READY
    return replace(review, verdict=verdict, reasons=(*grave, *doubts))


def _stories(ruleset: RuleSet, clock: Clock, seconds: float) -> tuple[Findings, Coverage]:
    found = explore(ruleset, watchers_of(ruleset), Budget(DEPTH, seconds, INPUTS), clock=clock)
    return findings_of(found), found.coverage


def _new(findings: Findings, before: Findings) -> Findings:
    """The open ones that were not there before. An edit moves lines, so a place is told by its file alone."""
    known = {(one.code.id, one.location.source.path, one.message) for one in before}
    return tuple(
        one
        for one in open_findings(findings)
        if (one.code.id, one.location.source.path, one.message) not in known
    )


def _had(before: RuleSet, found: Iterable[Diagnostic], clock: Clock, seconds: float) -> Iterator[Diagnostic]:
    """What playing the rule set without the draft finds, as far as the findings that are asked about need it."""
    kinds = {one.code for one in found}
    if TEST_PROVES_NOTHING in kinds:
        yield from unproven(before, run_tests(before).cases)
    if kinds - {TEST_PROVES_NOTHING}:
        yield from _stories(before, clock, seconds)[0]


def _elsewhere(finding: Diagnostic, draft: Draft) -> bool:
    return finding.location.source.path not in draft.names


# --- reasons ------------------------------------------------------------------------------------------------


def _errors(findings: Findings) -> Iterator[str]:
    errors = [one for one in open_findings(findings) if one.code.severity is Severity.ERROR]
    yield f"The rules have {_count(len(errors), 'error')}, so nothing else could be looked at. {_first(errors)}"


def _failures(review: Review) -> Iterator[str]:
    if review.failed:
        first = review.failed[0]
        passes = "does not pass" if len(review.failed) == 1 else "do not pass"
        yield f'{_count(len(review.failed), "test")} {passes}. {_place(first)}: "{first.label}".'


def _broken(review: Review) -> Iterator[str]:
    broken = [one for one in open_findings(review.findings) if one.code is BROKEN_PROMISE]
    if broken:
        yield f"Stories break {_count(len(broken), 'promise')}. {_first(broken)}"


def _doubts(review: Review, draft: Draft, ruleset: RuleSet) -> Iterator[str]:
    weak = [one for one in review.new if one.code is TEST_PROVES_NOTHING]
    rest = [one for one in review.new if one.code not in (TEST_PROVES_NOTHING, BROKEN_PROMISE)]
    hazards = [one for one in rest if one.story]
    warnings = [one for one in rest if not one.story]
    if hazards:
        yield f"Stories show {_count(len(hazards), 'hazard')}. {_first(hazards)}"
    if warnings:
        yield f"There {_are(len(warnings), 'warning')}. {_first(warnings)}"
    if weak:
        yield f"{_count(len(weak), 'test')} {'proves' if len(weak) == 1 else 'prove'} nothing. {_first(weak)}"
    if review.unknown:
        names = _count(len(review.unknown), "name")
        yield f"{names} {'is' if len(review.unknown) == 1 else 'are'} not known to the rule set. {review.unknown[0]}"
    lost = (*review.losses.lost, *review.losses.unfinished)
    if review.losses:
        first = next(iter(lost), review.losses.shrunken)
        yield f"The rule set would lose something, so a running engine holds it back: {first}."
    rules = [block for block in ruleset.checked.rules if block.source.path in draft.names]
    if not rules:
        yield "There is no rule in the draft."
    elif not review.tests:
        yield "There is no test in the draft, so nothing says what it is meant to do."
    if review.depth < LITTLE:
        yield (
            "There was time only for stories in which one thing happens: give the review more seconds, or look "
            "further with flowrules explore."
        )
    if review.replayed is not None and review.replayed.changed_calls:
        yield f"In recorded calls something changes. {headline(review.replayed)}"


def _first(findings: Iterable[Diagnostic]) -> str:
    first = next(iter(findings))
    return f"{first.location.source.path}, line {first.location.first.line}: {first.message}"


def _place(case: CaseResult) -> str:
    return f"{case.location.source.path}, line {case.location.first.line}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _are(number: int, thing: str) -> str:
    return f"{'is' if number == 1 else 'are'} {_count(number, thing)}"
