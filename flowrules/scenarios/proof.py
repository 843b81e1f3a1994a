"""Tests that prove nothing: they pass although the rule that they test is taken out.

A test that expects something is played again without each rule, and each guard rail, that did what it expects; those
that it expects by name it would miss. A test that only forbids something is played again with whatever may have kept
that from happening taken out, one thing at a time; one of them must make it fall short.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from flowrules.analysis.checks.answers import answered
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.rails import CompiledRail
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.without import without_rail, without_rule
from flowrules.diagnostics.codes.hygiene import TEST_PROVES_NOTHING
from flowrules.diagnostics.diagnostic import Diagnostic, Findings
from flowrules.engine.planning.plan import PlannedVerb, every_step
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Block,
    Expect,
    ExpectExactly,
    ExpectNoRule,
    ExpectNot,
    ExpectNothing,
    ExpectRule,
    Pattern,
    Step,
    Test,
    VerbStep,
)
from flowrules.language.printer import print_step
from flowrules.language.traverse import all_steps
from flowrules.scenarios.case_result import CaseResult
from flowrules.scenarios.cases import passes, run_case
from flowrules.scenarios.happenings import Done, Happening
from flowrules.scenarios.patterns import meets
from flowrules.scenarios.taken_out import taken_out

_MISSED = "what this test plays sets off no rule that does what it forbids"


def unproven(ruleset: RuleSet, cases: Iterable[CaseResult]) -> Findings:
    """The tests that prove nothing, of those that were played; what a comment answers, with its reason. An answer to
    what was not found is a finding, too, where all tests of the rule set were played. Pure."""
    blocks = {block.locate(_test(block).label.span): block for block in ruleset.checked.tests}
    found: list[Diagnostic] = []
    for case in cases:
        block = blocks.pop(case.location)
        if case.passed:
            found += _findings(ruleset, block, case)
    looked_for = frozenset[str]() if blocks else {TEST_PROVES_NOTHING.id}
    return answered(ruleset.checked.files, tuple(found), looked_for)


def unproven_while(ruleset: RuleSet, goes_on: Callable[[], bool]) -> tuple[Findings, bool]:
    """As `unproven`, of the tests for which there is time; and whether there was for all."""
    cases: list[CaseResult] = []
    for block in ruleset.checked.tests:
        if not goes_on():
            return unproven(ruleset, cases), False
        cases.append(run_case(ruleset, block))
    return unproven(ruleset, cases), True


def _findings(ruleset: RuleSet, block: Block, case: CaseResult) -> Iterator[Diagnostic]:
    test = _test(block)
    expectations = [line for line in test.lines if isinstance(line, _EXPECTATIONS)]
    if not expectations:
        yield _finding(
            case, "This test expects nothing, so it always passes.", "Say what is to happen: expect …"
        )
    elif any(isinstance(line, ExpectRule) or _wants(line) for line in expectations):
        yield from _without_what_acted(ruleset, block, case)
    elif not _would_show(ruleset, block, case):
        yield _finding(
            case,
            f"This test passes whatever the rules say: {_MISSED}, not even with its conditions taken out.",
            "Look whether the names are those of the rules, or expect something.",
        )


_EXPECTATIONS = (Expect, ExpectExactly, ExpectNot, ExpectNothing, ExpectRule, ExpectNoRule)


def _wants(line: object) -> bool:
    return isinstance(line, Expect) or (isinstance(line, ExpectExactly) and line.times > 0)


def _test(block: Block) -> Test:
    assert isinstance(block.item, Test)
    return block.item


def _finding(case: CaseResult, message: str, hint: str) -> Diagnostic:
    return Diagnostic(TEST_PROVES_NOTHING, case.location, message, hint)


# --- tests that expect something ----------------------------------------------------------------------------


def _without_what_acted(ruleset: RuleSet, block: Block, case: CaseResult) -> Iterator[Diagnostic]:
    named = {fold(str(line.label.value)) for line in _test(block).lines if isinstance(line, ExpectRule)}
    rules = {rule.id: rule for rule in ruleset.rules}
    missed: list[CompiledRule] = []
    for rule_id in _acted(case):
        rule = rules.get(rule_id)
        if rule is None or fold(ruleset.ref(rule).label) in named:
            continue
        changed = without_rule(ruleset, rule)
        if passes(changed, block, _test(block)):
            yield _passes_without(ruleset, block, case, rule, run_case(changed, block))
        else:
            missed.append(rule)
    own_file = block.source.path
    is_of_a_rule = any(ruleset.blocks[rule.id].source.path == own_file for rule in missed)
    for rail in _rails(ruleset, case.meeting):
        if is_of_a_rule and rail.file != own_file:
            continue  # It tests a rule of its own file, which is also used without the file of the rail.
        if passes(without_rail(ruleset, rail), block, _test(block)):
            yield _finding(
                case,
                f"This test also passes without the guard rail {rail}.",
                "Write out what the guard rail does, or expect that what it forbids is not sent: expect not …",
            )


def _acted(case: CaseResult) -> Iterator[str]:
    """The rules whose steps met what is expected, by their ids, each once."""
    yield from dict.fromkeys(rule for one, done in case.meeting for rule in _rules_of(one, done))


def _rules_of(one: Happening, done: Done) -> Iterator[str]:
    for part in one.plan.parts:
        if len(one.plan.parts) == 1 or any(step is done.step for step in every_step(part.steps)):
            yield part.rule.id


def _passes_without(
    ruleset: RuleSet, block: Block, case: CaseResult, rule: CompiledRule, changed: CaseResult
) -> Diagnostic:
    ref = ruleset.ref(rule)
    others = {one.id: one for one in ruleset.rules if one is not rule}
    instead = [others[one] for one in _acted(changed) if one in others and one not in set(_acted(case))]
    does_it = f", for {_called(ruleset, instead[0])} does what it expects" if instead else ""
    finding = _finding(
        case,
        f"This test also passes without {_called(ruleset, rule)}{does_it}.",
        _what_only_it_does(rule, ref.label, changed, ruleset),
    )
    word = "this rule is not missed"
    return replace(finding, related=((ruleset.blocks[rule.id].locate(rule.rule.span), word),))


def _called(ruleset: RuleSet, rule: CompiledRule) -> str:
    ref = ruleset.ref(rule)
    return f'"{ref.label}" (line {ref.line})' if rule.rule.label is None else f'the rule "{ref.label}"'


def _what_only_it_does(rule: CompiledRule, label: str, changed: CaseResult, ruleset: RuleSet) -> str:
    """What to add, so that the test misses the rule."""
    if rule.rule.label is not None:
        return f'Say which rule is to answer: expect rule "{label}"'
    sequences = (*rule.rule.steps, *(rule.rule.otherwise or ()))
    for step in all_steps(sequences):
        if isinstance(step, VerbStep) and step.arguments and not _is_done(step, changed, ruleset):
            return f"Write out what only this rule does: expect {print_step(replace(step, failures=()))}"
    return 'Give the rule a name (rule "…" above it, end below it), and expect it: expect rule "…"'


def _is_done(step: Step, changed: CaseResult, ruleset: RuleSet) -> bool:
    """Whether a step like this is done without the rule, too."""
    pattern = Pattern(step)
    return any(meets(done.step, pattern, turn.scene, ruleset) for turn in changed.turns for done in turn.done)


def _rails(ruleset: RuleSet, meeting: Iterable[tuple[Happening, Done]]) -> Iterator[CompiledRail]:
    """The guard rails that brought a step which met what is expected."""
    notes = [done.step.note for _, done in meeting if isinstance(done.step, PlannedVerb) and done.step.note]
    for rail in (*ruleset.rails.never, *ruleset.rails.before):
        if any(str(rail) in note for note in notes):
            yield rail


# --- tests that only forbid ---------------------------------------------------------------------------------


def _would_show(ruleset: RuleSet, block: Block, case: CaseResult) -> bool:
    """Whether the test falls short once something is taken out that may keep what it forbids from happening."""
    return any(not passes(changed, block, test) for changed, test in taken_out(ruleset, _test(block), case))
