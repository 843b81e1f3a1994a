"""The tests in the rule files: how each went and why, and what no test reaches. The same as `flowrules test` says."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hygiene import TEST_PROVES_NOTHING
from flowrules.prose.values import capital
from flowrules.scenarios.case_result import CaseResult
from flowrules.scenarios.suite import RuleCoverage, SuiteResult, run_tests
from flowrules.scenarios.told import why_of
from flowrules.studio.panels.blocks import Block, Card, Group, Heading, Lead, Lines, Mark, Note, Table, Tone
from flowrules.studio.panels.panel import Room
from flowrules.studio.texts import Texts

MOST_RULES = 300
"""Rows of the table of rules."""


@dataclass(frozen=True, slots=True)
class _Played:
    ruleset: RuleSet
    result: SuiteResult


class Tests:
    """Plays them once for each rule set that is shown."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._played: _Played | None = None
        self._playing: tuple[RuleSet, asyncio.Task[_Played]] | None = None

    async def show(self) -> Sequence[Block]:
        t, ruleset = self._room.texts, self._room.ruleset
        if ruleset is None:
            return self._room.remark
        if self._played is None or self._played.ruleset is not ruleset:
            self._played = await self._play(ruleset)
        return (*self._room.remark, *_blocks(self._played, self._weak(), t))

    def _weak(self) -> frozenset[tuple[str, int]]:
        """The tests that prove nothing, by their files and lines: whoever plays calls in the background has tried."""
        return frozenset(
            (one.location.source.path, one.location.first.line)
            for some in self._room.workspace.findings.values()
            for one in some
            if one.code is TEST_PROVES_NOTHING and not one.answered
        )

    async def _play(self, ruleset: RuleSet) -> _Played:
        """Goes on though another panel is looked at meanwhile."""
        if self._playing is None or self._playing[0] is not ruleset:
            self._playing = ruleset, asyncio.create_task(asyncio.to_thread(_play, ruleset))
        return await asyncio.shield(self._playing[1])

    async def act(self, act: str, fields: Mapping[str, str]) -> None:
        """There is nothing to press: they are played after each edit."""


def _play(ruleset: RuleSet) -> _Played:
    return _Played(ruleset, run_tests(ruleset))


def _blocks(played: _Played, weak: frozenset[tuple[str, int]], t: Texts) -> Iterator[Block]:
    cases, coverage = played.result.cases, played.result.coverage
    failed = [case for case in cases if not case.passed]
    if not cases:
        yield Note((t("tests.none"),), Tone.SOFT)
    elif failed:
        yield Note((t.counted("tests.failed", len(failed), of=len(cases)),), Tone.BAD)
    else:
        yield Note((t.counted("tests.passed", len(cases)),), Tone.GOOD)
    shown = [*failed, *(case for case in cases if case.passed)]
    yield Group(tuple(_case(case, weak, t) for case in shown))
    if coverage:
        whole = sum(not one.missing for one in coverage)
        yield Heading(t("tests.coverage"))
        yield Note((t("tests.covered", reached=whole, of=len(coverage)),), Tone.SOFT)
        rows = tuple(_row(one, t) for one in sorted(coverage, key=_rank)[:MOST_RULES])
        yield Table(t("tests.table"), (t("tests.rule"), t("tests.reached")), rows)


def _case(case: CaseResult, weak: frozenset[tuple[str, int]], t: Texts) -> Card:
    where = case.location
    lead = Lead(case.label, where.source.path, line=where.first.line)
    if case.passed:
        if (where.source.path, where.first.line) in weak:
            return Card((lead, Mark(t("tests.proves_nothing"), Tone.WARNING)), tone=Tone.WARNING)
        return Card((lead, Mark(t("mark.passed"), Tone.GOOD)))
    blocks: list[Block] = []
    for short in case.shortfalls:
        place = Lead(
            t("findings.go", line=short.location.first.line),
            short.location.source.path,
            line=short.location.first.line,
        )
        blocks.append(Note((f"{capital(short.expected.removesuffix('.'))}. ", place)))
        blocks.append(Note((t("tests.happened", what=short.happened),), Tone.SOFT))
    why = tuple(line.strip().removeprefix("- ") for short in case.shortfalls for line in why_of(short))
    remarks = tuple(remark for _, remark in case.remarks)
    return Card(
        (lead, Mark(t("mark.failed"), Tone.BAD)),
        tuple(blocks),
        opens=t("why.button"),
        more=(Lines((*why, *remarks)),) if why or remarks else (),
        tone=Tone.BAD,
        key=case.label,
    )


def _rank(one: RuleCoverage) -> int:
    return 0 if one.untested else 1 if one.missing else 2


def _row(one: RuleCoverage, t: Texts) -> tuple[Lead, Mark]:
    lead = Lead(one.rule.label, one.rule.file, line=one.rule.line)
    if one.untested:
        return lead, Mark(t("tests.untested"), Tone.BAD)
    if one.missing:
        return lead, Mark(t("tests.missing", what=", ".join(one.missing)), Tone.WARNING)
    return lead, Mark(t("tests.whole"), Tone.GOOD)
