"""A journal → its report."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from errno import ENOENT
from itertools import starmap
from operator import itemgetter
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from flowrules.compiler.guards.conditions import facts_asked
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.reporting.edits import Texts, edits
from flowrules.reporting.known import known
from flowrules.reporting.model import (
    RailUse,
    Report,
    RuleUse,
    StepTime,
    UnknownFact,
    VerbFate,
    Wait,
)
from flowrules.reporting.reading import Reading
from flowrules.runtime.errors import RulesRefused
from flowrules.runtime.journal.checking import Checker, Problem
from flowrules.runtime.journal.folders import journals_in
from flowrules.runtime.journal.reader import Line, journal_files, read_lines
from flowrules.source import read

_SLOWEST = 15
_PROBLEMS = 100
_Key = TypeVar("_Key", str, tuple[str, str])


def report(journal: Path | str, rules: RuleSet | Path | str | None = None) -> Report:
    """What a journal's folder says, or the journals of several workers in one folder, as one. `rules`, a rule set or
    its path, tell which never took an event; None: the last that were live, whose texts stand beside the journal.

    Raises OSError where something can't be read or there is no journal, JournalError for what a newer version wrote,
    and RulesRefused where the rules have errors. It reads every line once, in constant memory.
    """
    folders = journals_in(Path(journal))
    if not any(map(journal_files, folders)):
        raise FileNotFoundError(ENOENT, "there is no journal", str(journal))
    reading, problems = Reading(), _Problems()
    checkers = [Checker(folder) for folder in folders]
    for _, number, line in heapq.merge(*starmap(_numbered, enumerate(folders)), key=itemgetter(0)):
        problems.add(checkers[number].take(line))
        if line.entry is not None:
            reading.take(line.entry, number)
    for checker in checkers:
        problems.add(checker.at_the_end())
    made = Texts(folders)
    ruleset, why_not = _rules(rules, reading, made)
    zone = ZoneInfo("UTC") if ruleset is None else ruleset.zone
    hourly, periods = reading.times.periods(zone)
    return Report(
        first=reading.first,
        last=reading.last,
        zone=zone.key,
        entries=reading.entries,
        totals=reading.totals.numbers(),
        open=reading.open,
        ended=_most(reading.ended),
        call_length=reading.call_length.spread(),
        sources=_most(reading.sources),
        statuses=_most(reading.statuses),
        hourly=hourly,
        periods=periods,
        rules=tuple(_uses(reading)),
        rails=tuple(RailUse(reading.refs[one], times) for one, times in _most(reading.rails)),
        known=known(ruleset, reading, why_not),
        unknown_facts=tuple(_unknown(reading, ruleset)),
        verbs=tuple(VerbFate(*fate, times) for fate, times in sorted(reading.verbs.items())),
        answers=reading.answers.spread(),
        answer_bars=reading.answers.bars(),
        until_decided=reading.until_decided.spread(),
        waits=tuple(
            Wait(_ref(reading, one), reading.waits[one], round(seconds, 3))
            for one, seconds in sorted(reading.waited.items(), key=lambda one: (-one[1], one[0]))
        ),
        slowest=tuple(_slowest(reading)),
        edits=tuple(edits(reading, made)),
        problems=tuple(problems.told),
        more_problems=problems.more,
        erased=reading.erased,
    )


# --- inside ---


def _numbered(number: int, folder: Path) -> Iterator[tuple[str, int, Line]]:
    """The lines of a journal with its number, and when each was written: as the line before, where it can't be read."""
    at = ""
    for line in read_lines(folder):
        at = at if line.entry is None else line.entry.at
        yield at, number, line


class _Problems:
    """The first ones in words, the rest counted."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.more = 0

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if len(self.told) < _PROBLEMS:
                self.told.append(f"{problem.path}:{problem.line}: {problem.message}")
            else:
                self.more += 1


def _rules(rules: RuleSet | Path | str | None, reading: Reading, made: Texts) -> tuple[RuleSet | None, str]:
    """The rule set to tell of, or why there is none."""
    if isinstance(rules, RuleSet):
        return rules, ""
    if rules is not None:
        return _loaded(Path(rules)), ""
    if not reading.stretches:
        return None, "the journal names no rules"
    return made.of(reading.stretches[-1].revision)


def _loaded(path: Path) -> RuleSet:
    # What reads and checks rules is imported where it is called.
    from flowrules.diagnostics.render import concise
    from flowrules.ready import load_ready

    loaded = load_ready(read(path), path)
    if loaded.ruleset is None:
        raise RulesRefused(concise(loaded.findings).rstrip(), loaded.findings)
    return loaded.ruleset


def _uses(reading: Reading) -> Iterator[RuleUse]:
    events = reading.totals.events
    for rule_id, times in _most(reading.fired + reading.otherwise):
        fired, otherwise = reading.fired[rule_id], reading.otherwise[rule_id]
        share = times / events if events else 0.0
        yield RuleUse(_ref(reading, rule_id), fired, otherwise, reading.calls_of[rule_id], share)


def _unknown(reading: Reading, ruleset: RuleSet | None) -> Iterator[UnknownFact]:
    """Each fact on its own. A rule whose text is at hand is told only of facts that it asks for."""
    rules = {} if ruleset is None else {rule.id: rule for rule in ruleset.rules}
    found: Counter[tuple[str, str]] = Counter()
    for (rule_id, facts), times in reading.unknown.items():
        rule = rules.get(rule_id)
        asked = None if rule is None or rule.guard is None else set(facts_asked(rule.guard))
        for fact in facts:
            if asked is None or fact in asked:
                found[fact, rule_id] += times
        if ruleset is not None and rule is not None:
            reading.refs.setdefault(rule_id, ruleset.ref(rule))
    for (fact, rule_id), times in _most(found):
        yield UnknownFact(fact, _ref(reading, rule_id), times)


def _slowest(reading: Reading) -> Iterator[StepTime]:
    took = [(of, durations.spread()) for of, durations in reading.steps.items()]
    took.sort(key=lambda one: (-one[1].p95, one[0]))
    for (rule_id, path, verb), spread in took[:_SLOWEST]:
        yield StepTime(_ref(reading, rule_id), path, verb, spread)


def _ref(reading: Reading, rule_id: str) -> RuleRef:
    return reading.refs.get(rule_id) or RuleRef(rule_id, rule_id, "", 0)


def _most(counts: Counter[_Key]) -> tuple[tuple[_Key, int], ...]:
    """The most frequent first; of equals, in the order of their names."""
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
