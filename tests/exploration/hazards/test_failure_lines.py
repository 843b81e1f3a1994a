"""Where a cure says to write an `if it fails`: whoever does so has rules without a mistake, and the line is that step's."""

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Severity
from flowrules.exploration.hazards.failure_lines import failure_line
from flowrules.exploration.hazards.written_steps import written_step
from flowrules.language.nodes import Rule, VerbStep
from flowrules.source import source_from_text

STEP = "transfer queue people"
BLOCK = 'rule "R"\n  on a when b is yes\n  {}\nend\n'


def loaded(text: str) -> RuleSet:
    found = load_rules([source_from_text(text, "a.rules")])
    assert found.ruleset is not None, [
        one.message for one in found.findings if one.code.severity is Severity.ERROR
    ]
    return found.ruleset


@pytest.mark.parametrize(
    ("text", "path", "is_below"),
    [
        (BLOCK.format(STEP), "1", True),
        (BLOCK.format(f'say "a" then {STEP}'), "2", True),
        (BLOCK.format(f'{STEP} then log "b"'), "1", False),
        (BLOCK.format(f'{STEP}\n  log "b"'), "1", True),
        (BLOCK.format(f'log "c"\n  otherwise {STEP}'), "1", True),
        (BLOCK.format(f"if c is yes then {STEP}"), "1.then.1", False),
        (BLOCK.format(f'if c is yes then {STEP} otherwise say "x"'), "1.then.1", False),
        (BLOCK.format(f'if c is yes then {STEP} then log "b" otherwise say "x"'), "1.then.1", False),
        (BLOCK.format(f'if c is yes then say "x" otherwise {STEP}'), "1.otherwise.1", False),
        (BLOCK.format(f'hold\n    if it fails then {STEP}\n  log "b"'), "1.fail1.1", False),
        (BLOCK.format(f'hold\n    if it fails then (log "b" then {STEP})'), "1.fail1.2", False),
        (f"on a then {STEP}\n", "1", True),
        (f'on a then {STEP} then log "b"\n', "1", False),
    ],
)
def test_what_is_said_can_be_done(text: str, path: str, is_below: bool) -> None:
    ruleset = loaded(text)
    rule = ruleset.rules[0]
    line = failure_line(ruleset, ruleset.ref(rule), "transfer", path)
    assert line.below is is_below
    assert line.where.startswith("on a line of its own below" if is_below else "right behind")
    written = line.then('say "Nobody is free."')
    assert '"transfer"' in line.where
    at = text.index(STEP) + len(STEP)
    if is_below:
        at = text.index("\n", at)
    cured = f"{text[:at]}{f'{chr(10)}    ' if is_below else ' '}{written}{text[at:]}"
    block = loaded(cured).blocks[loaded(cured).rules[0].id]
    assert isinstance(block.item, Rule)
    step = written_step(block.item, "transfer", path)
    assert isinstance(step, VerbStep)
    (failure,) = step.failures
    assert [one.verb for one in failure.steps if isinstance(one, VerbStep)] == ["play_audio"]
