"""One world, from its first call to the last thing that happens in it, and what the reconciler says of that."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache, partial
from random import Random
from typing import Any

from flowrules.call.setup import Limits
from flowrules.call.setup import Setup as CallSetup
from flowrules.chaos.reconciler import Account, reconcile_kept
from flowrules.chaos.rules import rules
from flowrules.chaos.script import Close, Keys, Refresh, Report, Revoke, Speech
from flowrules.chaos.setup import Setup
from flowrules.chaos.simulated.call import Call
from flowrules.chaos.simulated.fates import Fates, Met
from flowrules.chaos.simulated.journal import SOON
from flowrules.chaos.simulated.line import Line
from flowrules.chaos.simulated.process import Process
from flowrules.chaos.simulated.story import EDITIONS, Age, Edit, HangUp, Scene, story
from flowrules.chaos.simulated.world import World
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.wire import Timeouts
from flowrules.runtime.journal.reader import entry_of
from flowrules.runtime.journal.replaying.replay import replay_entries
from flowrules.sandbox import calls as sandbox_calls
from flowrules.source import source_from_text

MORTAL = 6
"""One world in so many loses its process now and then."""
REPLAYED = 30
"""One world in so many is played again from its journal, which says what happened to its calls, and what its decisions
looked at."""
_DEATHS = 0.02
"""How likely a mortal process is to die at each of the points where it can."""
_DOWN = (1.1, 1.5, 4.0)
"""Seconds until another process takes over: what the platform counts in a second is over by then."""
_AT_MOST = 5_000
"""Things that may happen in a world. One with more never comes to rest."""
_TOKENS_LIVE = 31 * 60
_WORLDS_OF_ONE_SET = 50
_SETS = 24
"""So many sets of rules a run has, each for some worlds in a row."""
_TIMEOUTS = Timeouts(connect=0.5, read=1.5, whole=2.0)
_LIMITS = Limits(
    plan_deadline=timedelta(seconds=8),
    step_patience=timedelta(seconds=5),
    speech_wait=timedelta(seconds=2),
    queue_size=4,
)


@dataclass(frozen=True, slots=True)
class Run:
    """What the worlds of a run have in common. `things` happen in a call, on average."""

    seed: int
    things: int = 1
    changes: tuple[tuple[str, object], ...] = ()
    """What is fixed of `Setup`, whatever the seed says."""


@dataclass(frozen=True, slots=True)
class Played:
    """A world that was played: the journal's `lines`, the ledger's `rows`, and what came about in it. `contradictions`
    hold the sentences against each claim: the reconciler's, and that every event has one outcome."""

    number: int
    account: Account
    contradictions: dict[str, tuple[str, ...]]
    lines: Sequence[bytes]
    rows: Sequence[Mapping[str, Any]]
    scenes: Sequence[Scene]
    met: Sequence[Met]
    calls: int

    @property
    def sound(self) -> bool:
        return not self.contradictions


UNTOLD = "events without an outcome, or with two"
BUGS = "failures of flowrules itself"
RESTLESS = "worlds that never come to rest"
OTHERWISE = "calls that play otherwise from their journals"
OWN_CLAIMS = (UNTOLD, BUGS, RESTLESS, OTHERWISE)
"""What must not be, beside what the reconciler looks for."""


def play(run: Run, number: int, only: frozenset[str] | None = None) -> Played:
    """Play a world. `only`: of its story, and of the faults and deaths in it, no more than these."""
    return _Stage(run, number, only).play()


class _Stage:
    def __init__(self, run: Run, number: int, only: frozenset[str] | None) -> None:
        self.run, self.number = run, number
        self.story = story(run.seed, number, run.things)
        self.scenes = [scene for scene in self.story.scenes if _stays(scene, only)]
        name = f"{run.seed}:{number}"
        self.setup = _setup(run, number)
        salt = zlib.crc32(name.encode())
        self.world = World(salt)
        mortal = _DEATHS if number % MORTAL == 0 else 0.0
        setup = self.setup
        self.fates = Fates(name, self.world, setup.fault_rate, setup.mix, mortal=mortal, only=only)
        self.line = Line(self.world, self.fates, self.setup, _TIMEOUTS)
        self.chance = Random(salt)  # noqa: S311 (a test's dice)
        self.replayable = number % REPLAYED == 0
        self.edition = 0
        self.calls: dict[int, Call] = {}
        self.ids: dict[int, str] = {}
        self.closed: set[int] = set()
        """Calls that the host has closed."""
        self.reported: list[tuple[str, str]] = []
        self.problems: dict[str, list[str]] = {}
        self.processes = 0
        self.process = self._process(())
        self.line.hung_up = self._hung_up

    def play(self) -> Played:
        for number in range(self.story.calls):
            self.ids[number] = f"sim-{self.run.seed}-{self.number}{'-b' if number else ''}"
            self.calls[number] = Call(self.process, self.line.open(self.ids[number]), self.ruleset)
        for scene in self.scenes:
            self.world.after(scene.at, partial(self._happens, scene), scene.lot)
        if not self.world.run(_AT_MOST):
            self.problems[RESTLESS] = [f"{self.ids[0]}: more than {_AT_MOST} things happened"]
        elif not self.process.dead:
            self._all_are_told()
        if not self.process.dead:
            for call in self.calls.values():
                self._let_go(call)
        self.process.journal.settle()
        if self.replayable:
            self._play_again()
        rows = [entry.as_json() for entry in self.line.platform.ledger.all()]
        account = reconcile_kept(self.process.journal.lines, rows, self.reported)
        found = {claim: sentences for claim, sentences in account.contradictions.items() if sentences}
        found |= {claim: tuple(sentences) for claim, sentences in self.problems.items()}
        lines = self.process.journal.lines
        return Played(self.number, account, found, lines, rows, self.scenes, self.fates.met, self.story.calls)

    @property
    def ruleset(self) -> RuleSet:
        return rule_set(self.run.seed, self.number, self.edition)

    # --- what happens ---

    def _happens(self, scene: Scene) -> None:
        if isinstance(scene.act, HangUp):
            self.closed.add(scene.call)
        if self.process.dead:
            return
        call = self.calls.get(scene.call)
        if isinstance(scene.act, Edit):
            self._edit(scene.act)
        elif call is not None:
            self._happens_to(call, scene)

    def _happens_to(self, call: Call, scene: Scene) -> None:
        match scene.act:
            case Report():
                call.report(scene.act)
            case Speech():
                call.speech(scene.act)
            case Refresh():
                self._refresh(call, scene)
            case Revoke():
                call.withdraw()
            case Keys(digit):
                call.frame({"event": "dtmf", "dtmf": digit, "duration": "1600"})
            case Close(how):
                self.line.platform.close_websocket(self._at_the_platform(call), how)
            case Age():
                self.line.platform.clock.advance(_TOKENS_LIVE)
            case HangUp():
                self._hang_up(call)

    def _refresh(self, call: Call, scene: Scene) -> None:
        """The platform sends the next token: once or twice, late, or it is lost."""
        frame = self.line.refresh(call.call_id)
        luck = self.fates.lot(f"frame {scene.name}")
        if luck < 0.1:
            return
        self.process.after(0.5 if luck < 0.2 else 0.0, lambda: call.frame(frame))
        if luck > 0.9:
            self.process.after(0.3, lambda: call.frame(frame))

    def _edit(self, edit: Edit) -> None:
        self.edition = edit.edition
        self.process.journal.note("rules", status="live", revision=self.ruleset.revision, message="")
        for call in self.calls.values():
            call.rules_changed(self.ruleset)

    def _hang_up(self, call: Call) -> None:
        call.close("the host has nothing more to do")
        if self.line.lives(call.call_id):
            self.line.platform.disconnected(self._at_the_platform(call))

    def _hung_up(self, ended: sandbox_calls.Call) -> None:
        """The AI's session has ended at the platform: the agent's WebSocket is closed."""
        if self.story.embedded:
            return
        for call in self.calls.values():
            if call.call_id == ended.call_id:
                delay = self.fates.delay(f"close of {call.call_id}")
                self.process.after(delay, partial(call.close, "the WebSocket has closed"))

    # --- processes ---

    def _process(self, written: Sequence[bytes]) -> Process:
        self.processes += 1
        process = Process(
            self.world,
            self.line,
            self.fates,
            self.setup,
            CallSetup(_LIMITS, trace=self.replayable),
            self.chance,
            written,
            replayable=self.replayable,
        )
        process.journal.note("rules", status="live", revision=self.ruleset.revision)
        process.on_death = self._died
        return process

    def _died(self, luck: float) -> None:
        """What was on its way comes, or not; WebSockets of the process are gone; later another process takes over."""
        for call in self.calls.values():
            self._let_go(call, died=True)
        self.line.let_arrive(luck)
        if not self.story.embedded:
            for call in self.calls.values():
                self.line.platform.disconnected(self._at_the_platform(call))
        self.world.after(_DOWN[int(luck * 97) % 3], self._take_over)

    def _take_over(self) -> None:
        """Another process goes on with the journal. A call that lives is taken over; another one of the same people
        begins where it does not. What had no outcome is reported again, or lost with the process."""
        left, before = self.process.left, self.calls
        self.process, self.calls = self._process(left), {}
        for number, call in before.items():
            if self.line.lives(call.call_id):
                first = self.line.taken_over(call.call_id)
            elif number in self.closed:
                continue
            else:
                first = self.line.open(f"{call.call_id}-again")
            again = self.calls[number] = Call(self.process, first, self.ruleset)
            for report in call.waiting.values():
                if report is not None:
                    self._report_again(again, report)
            if number in self.closed:
                self.process.after(0.5, partial(self._hang_up, again))

    def _report_again(self, call: Call, report: Report) -> None:
        """As what it was, as something new, or not at all."""
        lot = self.fates.lot(f"{report.event_id} again")
        if lot < 0.4:
            call.report(report)
        elif lot < 0.8 and report.event_id:
            call.report(replace(report, event_id=f"{report.event_id}-again"))

    def _let_go(self, call: Call, *, died: bool = False) -> None:
        """What was seen of a call. Who dies has promised nothing about what had no outcome yet, nor about what could
        not be written any more."""
        late = self.world.monotonic() - SOON
        told = [report for at, report in call.told if not died or at < late]
        told += [] if died else [report for report in call.waiting.values() if report is not None]
        self.reported += [(call.call_id, report.event_id) for report in told if report.event_id]
        if call.problems:
            self.problems.setdefault(BUGS, []).extend(call.problems)

    def _all_are_told(self) -> None:
        for call in self.calls.values():
            untold = [f"{call.call_id}: {_shown(one)} has no outcome" for one in call.waiting.values()]
            if not call.finished and not untold:
                untold = [f"{call.call_id}: the call has no end"]
            if untold:
                self.problems.setdefault(UNTOLD, []).extend(untold)

    def _play_again(self) -> None:
        """What its journal says happened to each call leads to the entries that the journal holds."""
        lines = self.process.journal.lines
        entries = (entry for line in lines if (entry := entry_of(line + b"\n")) is not None)
        rules_of = {
            one.revision: one for one in map(partial(rule_set, self.run.seed, self.number), range(EDITIONS))
        }
        for again in replay_entries(entries, lambda revision, agent_type: rules_of[revision]):
            if not again.is_equal:
                why = again.why_not if again.difference is None else again.difference.message
                self.problems.setdefault(OTHERWISE, []).append(f"{again.call}: {why}")

    def _at_the_platform(self, call: Call) -> sandbox_calls.Call:
        return self.line.platform.calls[call.call_id]


def _stays(scene: Scene, only: frozenset[str] | None) -> bool:
    """The end of each call is no part of what may be left out."""
    return only is None or scene.name in only or isinstance(scene.act, HangUp)


def _shown(report: Report | None) -> str:
    return "its close" if report is None else f"event {report.event_id or 'without an id'}"


@lru_cache(maxsize=1024)
def _setup_of(seed: int, changes: tuple[tuple[str, object], ...]) -> Setup:
    return Setup.drawn(seed, 1, **dict(changes))  # type: ignore[arg-type]


def _setup(run: Run, number: int) -> Setup:
    return _setup_of((run.seed + number) % 420, run.changes)


def rule_set(seed: int, number: int, edition: int) -> RuleSet:
    """The rules of a world; another edition is the same file after an edit."""
    return _rule_set(seed * _SETS + number // _WORLDS_OF_ONE_SET % _SETS, edition)


@lru_cache(maxsize=4 * _SETS)
def _rule_set(seed: int, edition: int) -> RuleSet:
    text = rules(seed, edition, at_the_end=int(seed % 4 > 0), steps=1 + seed % 3)
    ruleset = load_rules((source_from_text(text),)).ruleset
    assert ruleset is not None
    return ruleset
