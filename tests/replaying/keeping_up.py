"""Calls as a live engine would have put them on record that is late now and then: it goes on late, and its alarms ring
late."""

import random
from datetime import datetime, timedelta

from flowrules.call.inputs import Continued, Input, Woken
from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings.call import NO_TIME, RecordedCall
from flowrules.recordings.pace import Beat, Pace
from flowrules.replaying.keeping import BEFORE, CONTINUED, Due
from flowrules.replaying.outcomes import NOTHING_FAILS
from flowrules.replaying.play import Player

LATE = (0, 0, 0.000_004, 0.003, 0.041, 2.5)
"""Seconds."""


class LatePlayer(Player):
    """Plays a call, is late, and puts down how late."""

    def __init__(self, ruleset: RuleSet, call: RecordedCall, dice: random.Random) -> None:
        self._dice = dice
        self._came = 0
        self._put_off: list[datetime] = []
        self._rings: dict[datetime, timedelta] = {}
        self.places: list[int] = []
        self.woken: dict[datetime, list[Beat]] = {}
        self.overdue: dict[datetime, Beat] = {}
        self.continued: dict[datetime, list[Beat]] = {}
        super().__init__(ruleset, call, NOTHING_FAILS)

    def feed(self, received: Input, now: datetime) -> None:
        beat = Beat(now, self._came)
        self._came += 1
        due = self.machine.wakes_at
        match received:
            case Woken(when):
                self.woken.setdefault(when, []).append(beat)
            case Continued():
                self.continued.setdefault(self._put_off.pop(0), []).append(beat)
        if due is not None and due < now and not isinstance(received, Woken):
            self.overdue[due] = beat
        super().feed(received, now)

    def _go_on(self, now: datetime, following: list[Input]) -> None:
        self._put_off.append(now)
        self._due.append(Due(now + self._late(), BEFORE, CONTINUED))

    def _next(self) -> Due | None:
        wakes = self.machine.wakes_at
        if wakes is None:
            return super()._next()
        late = self._rings.setdefault(wakes, self._late())
        wake = Due(max(wakes + late, self.now), BEFORE, Woken(wakes))
        return min([*self._due, wake], key=lambda due: (due.at, due.place))

    def _late(self) -> timedelta:
        return timedelta(seconds=self._dice.choice(LATE)) if self._dice.random() < 0.5 else NO_TIME


def late(ruleset: RuleSet, call: RecordedCall, dice: random.Random) -> RecordedCall:
    """The call, as it is on record where these rules were live."""
    player = LatePlayer(ruleset, call, dice)
    for when, received in call.inputs:
        player.pass_until(when)
        player.places.append(player._came)
        player.feed(received, when)
    player.end(call.until)
    pace = Pace(tuple(player.places), player.woken, player.overdue, player.continued)
    return call._replace(pace=pace)
