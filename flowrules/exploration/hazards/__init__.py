"""The hazards: what goes wrong in a call that nobody thought of. One module a hazard.

To add one: its code in `diagnostics/codes/hazards.py`, a module here with a class, and its line below.
"""

from collections.abc import Callable, Hashable, Iterable

from flowrules.call.effects import Record
from flowrules.call.entries import Decided, NotSent, Received, Sending, Settled
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.coverage import Coverage
from flowrules.exploration.hazards.back_and_forth import BackAndForth
from flowrules.exploration.hazards.ending.cut_sentence import CutSentence
from flowrules.exploration.hazards.ending.end_refused import EndRefused
from flowrules.exploration.hazards.ending.ending_dropped import EndingDropped
from flowrules.exploration.hazards.ending.goodbye_answered import GoodbyeAnswered
from flowrules.exploration.hazards.ending.goodbye_forbidden import GoodbyeForbidden
from flowrules.exploration.hazards.ending.left_alone import LeftAlone
from flowrules.exploration.hazards.ending.long_silence import LongSilence
from flowrules.exploration.hazards.ending.never_ends import NeverEnds
from flowrules.exploration.hazards.fires_twice import FiresTwice
from flowrules.exploration.hazards.hazard import Hazard, Seen
from flowrules.exploration.hazards.keeping.disposition_missing import DispositionMissing
from flowrules.exploration.hazards.keeping.earlier_disposition import EarlierDisposition
from flowrules.exploration.hazards.keeping.false_disposition import FalseDisposition
from flowrules.exploration.hazards.keeping.stays_paused import StaysPaused
from flowrules.exploration.hazards.keeping.still_recorded import StillRecorded
from flowrules.exploration.hazards.keeping.wrong_reason import WrongReason
from flowrules.exploration.hazards.knowledge.answer_unheard import AnswerUnheard
from flowrules.exploration.hazards.knowledge.forgotten_too_soon import ForgottenTooSoon
from flowrules.exploration.hazards.knowledge.old_value import OldValue
from flowrules.exploration.hazards.knowledge.remembered_too_late import RememberedTooLate
from flowrules.exploration.hazards.knowledge.remembered_too_soon import RememberedTooSoon
from flowrules.exploration.hazards.knowledge.unreadable_value import UnreadableValue
from flowrules.exploration.hazards.never_reached import NeverReached
from flowrules.exploration.hazards.silent_failure import SilentFailure
from flowrules.exploration.hazards.wish_unanswered import WishUnanswered
from flowrules.exploration.playing.world import World
from flowrules.exploration.watching.watch import Breaches, Quiet, Step, Watcher

HAZARDS: tuple[type[Hazard], ...] = (
    StaysPaused,
    FalseDisposition,
    NeverEnds,
    WishUnanswered,
    EndingDropped,
    FiresTwice,
    NeverReached,
    CutSentence,
    LongSilence,
    DispositionMissing,
    BackAndForth,
    GoodbyeAnswered,
    RememberedTooLate,
    UnreadableValue,
    OldValue,
    StillRecorded,
    LeftAlone,
    SilentFailure,
    GoodbyeForbidden,
    ForgottenTooSoon,
    WrongReason,
    EndRefused,
    AnswerUnheard,
    EarlierDisposition,
    RememberedTooSoon,
)
"""In the order of their codes."""

_SEES = {
    Decided: "decided",
    Sending: "sending",
    Received: "received",
    NotSent: "not_sent",
    Settled: "settled",
}


def make_hazards(ruleset: RuleSet) -> Iterable[Watcher]:
    """The watcher for all hazards."""
    return (Hazards(ruleset, tuple(hazard(ruleset) for hazard in HAZARDS)),)


class Hazards(Quiet):
    """All hazards as one watcher, so that what a step put on record is looked through once, and each hazard is shown
    only what it wants to see."""

    def __init__(self, ruleset: RuleSet, hazards: tuple[Hazard, ...]) -> None:
        self.hazards = hazards
        self.codes = frozenset(hazard.code.id for hazard in hazards)
        self.reads = frozenset().union(*(hazard.reads for hazard in hazards))
        self._see: dict[type, tuple[tuple[int, Callable[..., Seen]], ...]] = {
            entry: self._who(name) for entry, name in _SEES.items()
        }
        self._see_moves = self._who("moves")

    def _who(self, name: str) -> tuple[tuple[int, Callable[..., Seen]], ...]:
        """The hazards that want to see this, each by its place, and how it sees it."""
        return tuple(
            (index, getattr(hazard, name))
            for index, hazard in enumerate(self.hazards)
            if getattr(type(hazard), name) is not getattr(Hazard, name)
        )

    def begin(self, world: World) -> Hashable:
        return tuple(hazard.start for hazard in self.hazards)

    def parts(self, memory: Hashable) -> tuple[Hashable, ...]:
        assert isinstance(memory, tuple)
        return memory

    def watch(self, memory: Hashable, step: Step) -> tuple[Hashable, Breaches]:
        assert isinstance(memory, tuple)
        now = list(memory)
        found: Breaches = ()
        for index, see in self._see_moves:
            now[index], breaches = see(now[index], step)
            found += breaches
        for effect in step.effects:
            if type(effect) is Record:
                entry = effect.entry
                for index, see in self._see.get(type(entry), ()):
                    now[index], breaches = see(now[index], entry, step)
                    found += breaches
        return tuple(now), found

    def end(self, memory: Hashable, step: Step) -> Breaches:
        assert isinstance(memory, tuple)
        return tuple(
            breach
            for hazard, one in zip(self.hazards, memory, strict=True)
            for breach in hazard.end(one, step)
        )

    def conclude(self, coverage: Coverage) -> Breaches:
        return tuple(breach for hazard in self.hazards for breach in hazard.conclude(coverage))
