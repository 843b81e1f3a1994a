"""What of the things that happen in a call, and of their times, makes a difference to its rules."""

from collections.abc import Hashable
from datetime import datetime, timedelta

from flowrules.call.inputs import Closed, Learned, Reported
from flowrules.engine.event import CALLER_KEYS, MOMENTARY, PRESSED, Event
from flowrules.engine.turns import ENTRY_GAP
from flowrules.engine.utterance import PAUSE
from flowrules.recordings.call import RecordedCall, RecordedInput
from flowrules.replaying.asking import Asking

MOST_KEYS = 600
"""Facts of one call. Of a call with more, what is kept of it may have an end: it is played."""


class Course:
    """What of a call's times makes a difference, while it goes on."""

    def __init__(self, asking: Asking, call: RecordedCall) -> None:
        self._asking = asking
        self._started = call.started
        self._heard = call.started
        self._spoke = self._pressed = call.started - timedelta(days=1)
        self._at = asking.next_at(call.started)
        self._keys = 0
        self._digests: set[str] = set()
        self.is_its_own = False
        """What happened last is not to be played on from another call: it was said or pressed by the caller, or passes,
        so that it makes a difference when it came; or it has an id, and might have come before in that call."""

    def may_wake(self, now: datetime) -> bool:
        """Whether time alone may have set a rule off by now."""
        asking = self._asking
        return (
            now - self._heard >= asking.silence
            or now - self._started >= asking.lasts
            or (self._at is not None and now >= self._at)
        )

    def moment(self, now: datetime) -> Hashable:
        """What the clock and the length of the call say to the rules."""
        asking = self._asking
        if asking.elapsed:
            return asking.minute_class(now) if asking.asks_clock else 0, self._length(now)
        return asking.minute_class(now) if asking.asks_clock else 0

    def sign(self, received: RecordedInput, now: datetime) -> Hashable | None:
        """Equal for what makes no difference; None: it has to be played. Raises TooMany."""
        self.is_its_own = False
        if type(received) is Closed:
            return "closed", self.moment(now)
        if type(received) is Learned:
            known = self._asking.values
            heard = [(name, known[name].of(value)) for name, value in received.facts.items() if name in known]
            return "learned", tuple(heard), received.source, self.moment(now)
        if type(received) is not Reported:
            return None
        if received.digest:
            if received.digest in self._digests:
                return None
            self._digests.add(received.digest)
            self.is_its_own = True
        event = received.event
        keys, passing, source, sources, _, turn_id, reported, timer, _, turn = event
        if turn_id or timer or turn is not None or not reported or not keys:
            return None
        known, told = self._asking.values, []
        for name, value in keys.items():
            values = known.get(name)
            if values is not None:
                found = values.texts.get(value) if value.__class__ is str else None
                told.append((name, values.of(value) if found is None else found))
        self._keys += len(keys)
        if self._keys > MOST_KEYS:
            return None
        sign = tuple(told), self.moment(now), source
        if passing or sources is not None or not CALLER_KEYS.isdisjoint(keys):
            self.is_its_own = True
            return self._spoken(event, now, sign)
        if self._asking.any_event:
            return sign, self._asking.happened(event)
        return sign

    # --- inside ---

    def _spoken(self, event: Event, now: datetime, sign: Hashable) -> Hashable | None:
        keys = event.keys
        who = CALLER_KEYS.intersection(keys)
        beside = None
        if who:
            pressed = not PRESSED.isdisjoint(keys)
            if pressed and self._asking.entries:
                return None
            beside = who, now - self._spoke < PAUSE, pressed and now - self._pressed < ENTRY_GAP
            self._heard = now
            if pressed:
                self._pressed = now
            if not MOMENTARY.isdisjoint(event.passing):
                self._spoke = now
        told = self._asking.happened(event) if self._asking.any_event else ()
        sources = None if event.sources is None else tuple(event.sources.items())
        return sign, beside, event.passing, sources, told

    def _length(self, now: datetime) -> int:
        seconds = (now - self._started).total_seconds()
        return sum((seconds >= one) + (seconds > one) for one in self._asking.elapsed)
