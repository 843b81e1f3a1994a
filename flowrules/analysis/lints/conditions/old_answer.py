"""old-answer

What: a rule that an event sets off, or a fact that is told `no`; and a `yes` that was told before holds the event back.

Why: a fact stays as it was told last. Whoever says later that they are stuck again does not say "resolved is no", and
for the rest of the call the rule does not run.

Avoid:
    rule "Still stuck"
      on still_stuck or resolved=no
      when resolved is no or resolved is unknown
      transfer queue support
    end

Prefer:
    also on still_stuck forget resolved
    rule "Still stuck"
      on still_stuck or resolved=no
      when resolved is no or resolved is unknown
      transfer queue support
    end
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.flow import OLD_ANSWER
from flowrules.language.nodes import (
    And,
    Compare,
    Condition,
    During,
    EventTest,
    Forget,
    GuardWord,
    Holiday,
    Not,
    On,
    Or,
    Remember,
    Rule,
)
from flowrules.language.operators import BY_OP, Family
from flowrules.language.printer import print_trigger
from flowrules.language.traverse import all_steps, atoms


def old_answer(coverage: CoverageIndex, report: Report) -> None:
    """Looked at is a rule that runs on the event while nobody has told the fact, and on the fact as it stands in its
    `on`: so the event is as good as that answer, and newer than the one that holds it back."""
    rules = [unit.block.item for unit in coverage.scope.units if isinstance(unit.block.item, Rule)]
    for unit in report.units_without_errors(coverage.scope.units):
        rule = unit.block.item
        if not isinstance(rule, Rule) or not isinstance(rule.trigger, On):
            continue
        for answer in rule.trigger.tests:
            value = _told(answer)
            fact = answer.name.key
            if value is None or not _runs(rule, fact, value) or not _runs(rule, fact, None):
                continue
            others = [one for one in rule.trigger.tests if one.name.key != fact]
            held = [one for one in others if not any(_changes(other, one, fact) for other in rules)]
            if not held or _runs(rule, fact, not value):
                continue
            event, name, old = held[0], answer.name.text, "no" if value else "yes"
            report.add(
                OLD_ANSWER,
                unit.block,
                event.span,
                f'Where "{name}" was told {old} before, this event does not set the rule off any more, to the end of '
                f'the call: "{name}" stays {old} until it is told anew.',
                f"If the event means that it is {'yes' if value else 'no'} now, write above the rule: "
                f"also on {_written(event)} forget {name}",
            )
            break


def _told(test: EventTest) -> bool | None:
    """The yes or no that a fact is told; None for anything else."""
    one = test.test
    if (
        one is None
        or len(one.values) != 1
        or BY_OP[one.op].family is not Family.AMONG
        or BY_OP[one.op].negative
    ):
        return None
    value = one.values[0].value
    return value if isinstance(value, bool) else None


def _runs(rule: Rule, fact: str, value: bool | None) -> bool:
    """Whether the guards that ask for this fact alone let the rule run; None: nobody has told it."""
    for guard in rule.guards:
        lifts = guard.word is GuardWord.UNLESS
        whole = guard.condition
        for part in whole.parts if isinstance(whole, And) and not lifts else (whole,):
            asked = {one.fact.key if isinstance(one, Compare) else "" for one in atoms(part)}
            if asked == {fact} and _answer(part, value) is not (not lifts):
                return False
    return True


def _answer(condition: Condition, value: bool | None) -> bool | None:
    """What a condition on one fact says; None: unknown."""
    match condition:
        case Compare():
            return _compared(condition, value)
        case Not(part):
            inner = _answer(part, value)
            return None if inner is None else not inner
        case And(parts):
            return _together([_answer(part, value) for part in parts], decides=False)
        case Or(parts):
            return _together([_answer(part, value) for part in parts], decides=True)
        case During() | Holiday():
            return None


def _compared(compare: Compare, value: bool | None) -> bool | None:
    row = BY_OP[compare.op]
    if row.family is Family.PRESENCE:
        return (value is not None) is not row.negative
    if row.family is not Family.AMONG or value is None or compare.list is not None:
        return None
    return any(one.value == value for one in compare.values) is not row.negative


def _together(answers: list[bool | None], *, decides: bool) -> bool | None:
    if decides in answers:
        return decides
    return None if None in answers else not decides


def _changes(rule: Rule, event: EventTest, fact: str) -> bool:
    """Whether a rule that this event sets off forgets the fact, or remembers another value of it."""
    trigger = rule.trigger
    if not isinstance(trigger, On) or all(one.name.key != event.name.key for one in trigger.tests):
        return False
    steps = all_steps((*rule.steps, *(rule.otherwise or ())))
    return any(isinstance(step, Forget | Remember) and step.name.key == fact for step in steps)


def _written(event: EventTest) -> str:
    return print_trigger(On((event,)))[3:]
