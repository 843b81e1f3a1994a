"""One side's account of stories, told by whichever flowrules this process imports.

    python -m tests.parity.side live < stories.pickle > told.pickle

Two processes with two versions of the package can be compared so: `tests/parity/mutants.py` does.
"""

import asyncio
import pickle
import signal
import sys
import traceback

from flowrules.compiler.loading.load import compile_sound
from flowrules.compiler.ruleset import RuleSet
from flowrules.source import source_from_text

from .quiet_loop import QuietLoop
from .story import Story, Told

PATIENCE = 60
"""Seconds for one story: a side that turns in circles has broken off, too."""


class TurnsInCircles(BaseException):
    """No Exception: a side that catches what goes wrong in it would go on."""


def _turns_in_circles(*_: object) -> None:
    raise TurnsInCircles


def compiled(story: Story) -> tuple[RuleSet, ...]:
    return tuple(compile_sound((source_from_text(text),)) for text in story.rules)


def told(side: str, stories: list[Story]) -> list[Told | str]:
    """The accounts; where one broke off, the error's text in its place."""
    accounts: list[Told | str] = []
    with asyncio.Runner(loop_factory=QuietLoop) as runner:
        for story in stories:
            signal.alarm(PATIENCE)
            try:
                if side == "live":
                    from .live import live

                    accounts.append(runner.run(live(compiled(story), story)))
                else:
                    from .simulated import simulated

                    accounts.append(simulated(compiled(story), story))
            except (Exception, TurnsInCircles):
                accounts.append(traceback.format_exc())
            finally:
                signal.alarm(0)
    return accounts


if __name__ == "__main__":
    signal.signal(signal.SIGALRM, _turns_in_circles)
    pickle.dump(told(sys.argv[1], pickle.load(sys.stdin.buffer)), sys.stdout.buffer)
