"""What becomes of each request, write and moment of a world: drawn from its name, so that the same thing meets the same
fate whatever else is left out of the story."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from flowrules.control.monotonic import Monotonic
from flowrules.sandbox.faults import Fault

_DRAWS = struct.Struct("<IIII")
_ALL = 2.0**32
_WAYS = (0.0, 0.0, 0.001, 0.001, 0.02, 0.02, 0.1, 0.3)
"""Seconds that a request, or its answer, is on its way."""
_WRITES = (0.0, 0.0, 0.0, 0.0, 0.0, 0.001, 0.004, 0.05)
"""Seconds until an intent is safe on the disk."""
_AT_THE_END = 8
"""So many times likelier is a death where a verb that ends the call is under way."""
_STUCK = 16
"""So many times rarer than faults of requests is a disk that does not answer."""
_UNREACHED = 16
"""One fault in so many is that there is no connection: nothing leaves."""


@dataclass(frozen=True, slots=True)
class Fate:
    """Of one attempt at a request: what goes wrong at the platform, whether it leaves at all, how long the way there
    and the way back take, and its lot among the things of one moment."""

    fault: Fault | None
    unreached: bool
    there: float
    back: float
    lot: float


@dataclass(frozen=True, slots=True)
class Met:
    """A fault or a death that came, under its name; seconds from the start."""

    at: float
    name: str
    what: str


class Fates:
    """`rate` is the share of requests that go wrong, in one of the ways of the `mix`. `mortal`: how likely the process
    is to die at each of the points where it can."""

    __slots__ = ("_clock", "_mix", "_mortal", "_only", "_rate", "_salt", "deaths", "met")

    def __init__(
        self,
        salt: str,
        clock: Monotonic,
        rate: float,
        mix: Sequence[Fault],
        *,
        mortal: float,
        only: frozenset[str] | None,
    ) -> None:
        """`only`: what is left out of this meets no fault, and no death."""
        self._salt = salt.encode()
        self._clock = clock
        self._rate = rate
        self._mix = mix
        self._mortal = mortal
        self._only = only
        self.met: list[Met] = []
        """The faults and deaths that came."""
        self.deaths = 0

    def of_attempt(self, name: str) -> Fate:
        struck, which, ways, lot = self._draw(name)
        fault, unreached = None, False
        if struck < self._rate and self._comes(name):
            unreached = which < 1 / _UNREACHED
            fault = None if unreached else self._mix[int(which * len(self._mix))]
            self._meets(name, "no connection" if fault is None else fault.label)
        at = int(ways * 64)
        return Fate(fault, unreached, _WAYS[at & 7], _WAYS[at >> 3], lot)

    def of_write(self, name: str) -> float | None:
        """Seconds that an intent needs to be safe; None: the disk does not answer in time."""
        name = f"write@{name}"
        struck, which, _, _ = self._draw(name)
        if struck < self._rate / _STUCK and self._comes(name):
            self._meets(name, "the journal's disk does not answer")
            return None
        return _WRITES[int(which * 8)]

    def delay(self, name: str) -> float:
        """Seconds until something is noticed."""
        return _WRITES[int(self._draw(name)[0] * 8)]

    def lot(self, name: str) -> float:
        return self._draw(name)[3]

    def dies(self, name: str, *, ends: bool = False) -> float | None:
        """Whether the process dies at this point, and how lucky it is with what was not written yet, from 0 to 1.
        `ends`: a verb that ends the call is at stake, and points like this are few."""
        if not self._mortal or self.deaths >= 2:
            return None
        name = f"death@{name}"
        struck, luck, _, _ = self._draw(name)
        if struck >= self._mortal * (_AT_THE_END if ends else 1) or not self._comes(name):
            return None
        self.deaths += 1
        self._meets(name, "the process dies")
        return luck

    def _comes(self, name: str) -> bool:
        return self._only is None or name in self._only

    def _meets(self, name: str, what: str) -> None:
        self.met.append(Met(self._clock.monotonic(), name, what))

    def _draw(self, name: str) -> tuple[float, float, float, float]:
        digest = hashlib.blake2b(name.encode(), digest_size=16, key=self._salt).digest()
        first, second, third, fourth = _DRAWS.unpack(digest)
        return first / _ALL, second / _ALL, third / _ALL, fourth / _ALL
