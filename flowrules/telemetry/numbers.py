"""Numbers in memory: counters and histograms by name and label values. What is written is one step in a dict; whoever
reads takes a copy, from any thread."""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Mapping

from flowrules.redaction import redact
from flowrules.runtime.log import Log
from flowrules.telemetry.instruments import SECONDS, Instrument

MOST_VALUES = 1_000
"""Values of a label that are told apart; what comes after them is counted under OTHER."""
OTHER = "_other"
_LONGEST = 120
"""Characters of a value."""
_MOST_FORWARDED = 100_000
_log = Log(__name__)

Labels = tuple[str, ...]


Key = tuple[Instrument, Labels]


class Distribution:
    """`counts` by bucket of SECONDS, the last one for what is above all of them."""

    __slots__ = ("_key", "_numbers", "counts", "sum")

    def __init__(self, numbers: "Numbers", key: Key) -> None:
        self._numbers, self._key = numbers, key
        self.counts = [0] * (len(SECONDS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.sum += seconds
        if (forwarded := self._numbers.forwarded) is not None:
            forwarded.append((*self._key, seconds))


class Numbers:
    """`counted` is for who counts at each event: what it costs is one step in a dict."""

    def __init__(self) -> None:
        self.counted: defaultdict[Key, float] = defaultdict(float)
        self._distributions: dict[Key, Distribution] = {}
        self.forwarded: deque[tuple[Instrument, Labels, float]] | None = None

    def forward(self) -> "deque[tuple[Instrument, Labels, float]]":
        """Everything that is observed from now on, for a reader that takes it away. Of what it leaves for too long the
        oldest is lost there."""
        self.forwarded = deque(maxlen=_MOST_FORWARDED)
        return self.forwarded

    def add(self, instrument: Instrument, labels: Labels = ()) -> None:
        self.counted[instrument, labels] += 1

    def of(self, instrument: Instrument, labels: Labels = ()) -> Distribution:
        """The histogram of these labels."""
        key = instrument, labels
        found = self._distributions.get(key)
        if found is None:
            found = self._distributions[key] = Distribution(self, key)
        return found

    def counts(self, instrument: Instrument) -> dict[Labels, float]:
        return {key[1]: value for key, value in tuple(self.counted.items()) if key[0] is instrument}

    def distributions(self, instrument: Instrument) -> dict[Labels, tuple[list[int], float]]:
        found = tuple(self._distributions.items())
        return {key[1]: (list(one.counts), one.sum) for key, one in found if key[0] is instrument}


class LabelValues:
    """Values of one label, told apart by what they name: two things with one text are two values, and their number has
    a bound, however often rules change."""

    def __init__(self, name: str, most: int = MOST_VALUES) -> None:
        self._name, self._most = name, most
        self._of: dict[str, str] = {}
        self._taken: set[str] = {OTHER}
        self._full = False

    def of(self, thing: str, text: str) -> str:
        """The value for a thing, by its id; `text` is what people call it."""
        value = self._of.get(thing)
        return self._new(thing, text) if value is None else value

    def _new(self, thing: str, text: str) -> str:
        if len(self._of) >= self._most:
            if not self._full:
                self._full = True
                _log.warning("telemetry.label_full", label=self._name, values=self._most)
            return OTHER
        value = redact(text)
        value = value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
        number, plain = 1, value
        while value in self._taken:
            number += 1
            value = f"{plain} ({number})"
        self._taken.add(value)
        self._of[thing] = value
        return value


def by_label(instrument: Instrument, values: Labels) -> Mapping[str, str]:
    return dict(zip(instrument.labels, values, strict=True))
