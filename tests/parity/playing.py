"""A story told by both sides, and held one against the other."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from flowrules.compiler.loading.load import compile_sound
from flowrules.compiler.ruleset import RuleSet
from flowrules.source import source_from_text

from .live import live
from .quiet_loop import QuietLoop
from .simulated import simulated
from .story import Story, Told, difference


def compiled(story: Story) -> tuple[RuleSet, ...]:
    """The story's rules. They are not checked again: what is generated is sound, and a check takes longer than all else."""
    return tuple(compile_sound((source_from_text(text),)) for text in story.rules)


@contextmanager
def quiet_runner() -> Iterator[asyncio.Runner]:
    """One event loop for many stories."""
    with asyncio.Runner(loop_factory=QuietLoop) as runner:
        yield runner


def played(story: Story, runner: asyncio.Runner) -> Told:
    """What both tell of a story. Fails where they differ."""
    rulesets = compiled(story)
    told = simulated(rulesets, story)
    found = difference(told, runner.run(live(rulesets, story)))
    assert not found, f"simulated and live differ: {found}"
    return told
