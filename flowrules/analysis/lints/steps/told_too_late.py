"""told-too-late

What: an `also` rule remembers a fact behind a verb or a `wait`, and a rule that takes the same event asks for it.

Why: a verb may fail, so what stands behind it is not certain. The rule that takes the event is asked before it is
remembered, and goes by what was known before.

Avoid:
    also on intent=new_sim log "new SIM" then remember risky is yes
    on intent=new_sim when risky is yes transfer queue fraud

Prefer:
    also on intent=new_sim remember risky is yes then log "new SIM"
    on intent=new_sim when risky is yes transfer queue fraud
"""

from collections.abc import Iterator

from flowrules.analysis.logic.coverage import Competitor, CoverageIndex, smallest
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.texts import quoted_facts
from flowrules.diagnostics.codes.flow import TOLD_TOO_LATE
from flowrules.language.nodes import Compare, Forget, Kind, OtherVerb, Rank, Remember, Stop, VerbStep, Wait
from flowrules.language.traverse import atoms


def told_too_late(coverage: CoverageIndex, report: Report) -> None:
    for competitor in coverage.competitors:
        if competitor.rule.rank is not Rank.ALSO or report.is_broken(competitor.unit.block):
            continue
        late = {step.name.key: (step, before) for step, before in _told_late(competitor)}
        if not late:
            continue
        asked = {key for rival in _takers(competitor, coverage) for key in _asks(rival)}
        for key, (step, before) in late.items():
            if key in asked:
                word = "remember" if isinstance(step, Remember) else "forget"
                sooner = f'"{before}" may fail or take time. Put "{word} {step.name.text} …" before it.'
                report.add(
                    TOLD_TOO_LATE,
                    competitor.unit.block,
                    step.span,
                    f'The rule that takes this event asks for "{step.name.text}" before this is done.',
                    sooner
                    if before
                    else "Its text is filled in when its turn comes. Ask for the facts that fill it.",
                )


def _told_late(competitor: Competitor) -> Iterator[tuple[Remember | Forget, str]]:
    """What the rule remembers or forgets behind a step that may fail, wait or stop, with that step's word. What it has
    done for certain before counts."""
    before = ""
    certain: set[str] = set()
    for step in competitor.rule.steps:
        match step:
            case VerbStep(word=word):
                before = before or word
            case OtherVerb(name=name):
                before = before or name.text
            case Wait():
                before = before or "wait"
            case Stop():
                return
            case Remember(name) | Forget(name):
                if isinstance(step, Remember) and _is_filled(step):
                    yield step, ""
                elif not before:
                    certain.add(name.key)
                elif name.key not in certain:
                    yield step, before


def _is_filled(step: Remember) -> bool:
    """Whether its text is only filled in when the step's turn comes."""
    return step.value.kind is Kind.TEXT and any(True for _ in quoted_facts(step.value))


def _takers(competitor: Competitor, coverage: CoverageIndex) -> Iterator[Competitor]:
    """The rules that may take an event for which this one runs."""
    for region in competitor.trigger_regions:
        for key, asked in region.event.items():
            for element in {*smallest(asked), None}:
                for rival, _ in coverage.by_event.get((key, element), ()):
                    if rival.rule.rank is Rank.PLAIN:
                        yield rival


def _asks(rival: Competitor) -> Iterator[str]:
    for guard in rival.rule.guards:
        yield from (atom.fact.key for atom in atoms(guard.condition) if isinstance(atom, Compare))
