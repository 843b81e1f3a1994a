"""Mistakes on purpose: the package with one line changed, of which one side is played and held against the other side of
the package as it is. Each has to be found, or the property holds nothing.

    python -m tests.parity.mutants --seed 1 --stories 2000

prints how many stories each one survived. Both sides drive one machine: a line of it is changed for one side only.
"""

import argparse
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

import flowrules

from .generated_stories import stories
from .side import told
from .story import Story, Told, difference

PACKAGE = Path(flowrules.__file__).parent
NAME = __package__ or ""
HERE = Path(__file__).resolve().parents[NAME.count(".") + 1]
"""Where this package is found under its name, which depends on who has imported it."""


@dataclass(frozen=True)
class Mutant:
    """In `file` the text `old`, which stands there once, becomes `new`. `side` is the one that is played so."""

    name: str
    side: str
    file: str
    old: str
    new: str

    @contextmanager
    def package(self) -> Iterator[Path]:
        """A folder with the changed package in it."""
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(PACKAGE, Path(folder, "flowrules"), ignore=shutil.ignore_patterns("__pycache__"))
            changed = Path(folder, "flowrules", self.file)
            text = changed.read_text("utf-8")
            assert text.count(self.old) == 1, f"{self.name}: {self.file} has changed; mend the mutant"
            changed.write_text(text.replace(self.old, self.new), "utf-8")
            yield Path(folder)


MUTANTS = (
    Mutant(
        "limits are used up by requests that never left", "simulated", "call/running/delivery.py",
        "        if receipt.left and not self.cleans_up:\n", "        if not self.cleans_up:\n",
    ),
    Mutant(
        "limits are used up by what cleans up", "simulated", "call/running/delivery.py",
        "        if receipt.left and not self.cleans_up:\n", "        if receipt.left:\n",
    ),
    Mutant(
        "silence is counted on hold", "simulated", "call/call.py",
        "        if on_hold is True:\n            self.state = pause_silence(self.state, self.now)\n",
        "        if on_hold is True:\n            pass\n",
    ),
    Mutant(
        "silence is counted while the bot speaks", "live", "call/call.py",
        "        self.speech = self.speech.bot_speaking()\n        self.state = pause_silence(self.state, self.now)\n",
        "        self.speech = self.speech.bot_speaking()\n",
    ),
    Mutant(
        "keys interrupt no hangup", "live", "call/call.py",
        "            self.caller_heard(interrupts=pressed or not signalled)",
        "            self.caller_heard(interrupts=not signalled)",
    ),
    Mutant(
        "an urgent rule drops a decided ending", "live", "call/agenda.py",
        "            beside = rule is not None and not ends and any(", "            beside = False and any(",
    ),
    Mutant(
        "timers that new rules bring too late are set off", "live", "call/machine.py",
        "                call.state = after_reload(ruleset, before, call.state, call.now)\n", "",
    ),
    Mutant(
        "a failed plan closes no pair", "simulated", "call/running/run.py",
        "self._to_close = self.open_pairs if end.outcome is PartOutcome.FAILED else ()", "self._to_close = ()",
    ),
    Mutant(
        "the close of a goodbye drops its records", "simulated", "call/running/run.py",
        "        if not self._only_hangs_up(call):", "        if True:",
    ),
    Mutant(
        "what a record told for an ending stands though it failed", "simulated", "call/running/progress.py",
        "before, call.state = call.state, taken_back(provisional, call.state)", "before = call.state",
    ),
    Mutant(
        "a cap that was closed closes again", "simulated", "call/call.py",
        "            self.state = close_cap(state, step.verb, step.body)", "            self.state = state",
    ),
    Mutant(
        "an ending may follow one of which nobody knows", "live", "call/call.py",
        "                self.unknown_ending = True", "            pass",
    ),
    Mutant(
        "what waits is decided though the call is over", "simulated", "call/agenda.py",
        "        if call.over or self._closing is not None:\n            self._flush()\n",
        "        if self._closing is not None:\n            self._flush()\n",
    ),
    Mutant(
        "an event that comes right behind new rules is decided by the old ones", "live", "runtime/calls/driver.py",
        "            self.feed(RulesChanged(ruleset))\n        now = self.now()",
        "            pass\n        now = self.now()",
    ),
    Mutant(
        "the driver wakes the call late", "live", "runtime/calls/driver.py",
        "            seconds = max((when - self.now()).total_seconds(), _LEAST_WAIT)",
        "            seconds = max((when - self.now()).total_seconds(), 0.25)",
    ),
    Mutant(
        "the driver leaves the last alarm ringing alone", "live", "runtime/calls/driver.py",
        "        if self._alarm is not None:\n            self._alarm.cancel()\n            self._alarm = None\n        if when",
        "        if self._alarm is not None:\n            return\n        if when",
    ),
    Mutant(
        "the end of what the platform played is passed over", "live", "runtime/calls/session.py",
        "                self._driver.feed(PlayedOut())", "                pass",
    ),
    Mutant(
        "a caller who speaks is only heard", "live", "runtime/calls/session.py",
        "        self._signalled(CallerSpeaking())", "        self._signalled(CallerHeard())",
    ),
    Mutant(
        "a simulated report that comes again is decided again", "simulated", "scenarios/simulation.py",
        'digest(event) if event.event_id else ""', '""',
    ),
    Mutant(
        "a simulated request of unknown outcome was refused", "simulated", "scenarios/simulation.py",
        '            return no_answer("no answer came", 1)', '            return not_sent(Reason.TIMEOUT, "no answer", 1)',
    ),
    Mutant(
        "a simulated request that never left has left", "simulated", "scenarios/simulation.py",
        "0 if why in _NEVER_LEFT else 1", "1",
    ),
    Mutant(
        "a simulated guard rail is not asked before a request leaves", "simulated", "scenarios/simulation.py",
        "        return MaySend(send.step, allowed=True) in effects", "        return bool(effects)",
    ),
)  # fmt: skip
"""`never` rails are asked when a plan is made, too: what only the last look finds is rare."""


def generated(number: int, from_seed: int) -> list[Story]:
    found: list[Story] = []

    @seed(from_seed)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(stories())
    def keep(story: Story) -> None:
        found.append(story)

    keep()
    return found


def survived(
    mutant: Mutant, played: Sequence[Story], other: Sequence[Told | str], chunk: int = 100
) -> int | None:
    """How many stories a mutant got through before one told it apart; None: all of them. `other` is what the other side
    tells."""
    with mutant.package() as folder:
        for start in range(0, len(played), chunk):
            mine = _apart(mutant.side, played[start : start + chunk], folder)
            for number, (one, two) in enumerate(zip(mine, other[start:], strict=False), start):
                if isinstance(one, str) or isinstance(two, str) or difference(one, two):
                    return number
    return None


def _apart(side: str, played: Sequence[Story], folder: Path) -> list[Told | str]:
    """A side's account by the package in a folder."""
    path = os.pathsep.join((str(folder), str(HERE)))
    process = subprocess.run(
        [sys.executable, "-P", "-m", f"{NAME}.side", side],
        input=pickle.dumps(list(played)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        cwd=folder,
        check=True,
    )
    accounts: list[Told | str] = pickle.loads(process.stdout)
    return accounts


def report(mutants: Iterable[Mutant], number: int, from_seed: int) -> Iterator[tuple[Mutant, int | None]]:
    played = generated(number, from_seed)
    accounts = {side: told(side, played) for side in ("live", "simulated")}
    for mutant in mutants:
        yield (
            mutant,
            survived(mutant, played, accounts["live" if mutant.side == "simulated" else "simulated"]),
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stories", type=int, default=2000)
    asked = parser.parse_args()
    alive = 0
    for mutant, number in report(MUTANTS, asked.stories, asked.seed):
        alive += number is None
        outcome = "survived all" if number is None else f"found by story {number + 1}"
        print(f"{mutant.side:9}  {mutant.file:26}  {mutant.name}: {outcome}", flush=True)
    return min(alive, 1)


if __name__ == "__main__":
    sys.exit(main())
