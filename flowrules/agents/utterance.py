"""What a caller says, as a recogniser brings it: interim results, and finals that are pieces of one utterance."""

import asyncio
import itertools
import uuid

import regex

from flowrules.agents.turn_taking import PATIENCE, Heard, holds_words, report_interim, report_words
from flowrules.engine.event import Source
from flowrules.runtime.calls.session import CallSession

PAUSE = 4.0
"""Seconds without a word after which an utterance is over, where nothing else tells its end."""
LATE = 0.25
"""Seconds after the end of an utterance within which a final still belongs to it: recognisers are slower than what
detects the end of speech, and frameworks let its signal overtake the text."""

_LATELY = 8
_NO_SPACES = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
"""Scripts that write no space between words."""


class Utterances:
    """What the caller of one call says. An utterance is one turn for the rules, in however many pieces it comes: each
    final is reported with those before it, so that a phrase is found that was cut in two, and nothing counts twice.

    A final is reported as `hearing` too, where a rule waits for that: not every recogniser has interim results.
    `patience`: seconds that the model's answer waits for a plan that leaves the turn to it.
    """

    def __init__(self, call: CallSession, *, patience: float = PATIENCE) -> None:
        self._call = call
        self._patience = patience
        self._name = uuid.uuid4().hex[:8]
        self._numbers = itertools.count(1)
        self._open = False
        self._told = False
        """The framework has told that the caller's turn began, and will tell its end."""
        self._said = self._reported = ""
        """Of this utterance; and since the framework last told the end of one."""
        self._turn_id = ""
        self._set_off: frozenset[str] = frozenset()
        self._last = self._over_since = float("-inf")
        self._waiting: tuple[Heard, ...] = ()
        self._lately: tuple[str, ...] = ()
        """What was reported, as it stood at each final."""

    # --- told by the framework ---

    def speaks(self) -> None:
        """The caller's voice sets in."""
        self._over_since = float("-inf")
        self._call.caller_speaking()

    def began(self) -> None:
        """The caller's turn has begun. Words that came just before belong to it, for some frameworks tell it by the
        words; then it interrupts nothing that these have decided."""
        if not self._goes_on(self._now()):
            self.speaks()
            self._begin()
        self._told = True

    def interim(self, text: str) -> None:
        """The piece that the caller is saying, as far as it is understood."""
        if holds_words(text):
            self._take(late=False)
            self._overhear(joined(self._said, text))
            self._call.caller_heard()

    def would_act(self, text: str) -> bool:
        """Whether a rule would take these words, were they the last of this utterance."""
        if not holds_words(text):
            return False
        said = joined(self._said, text) if self._goes_on(self._now()) else text
        return bool(self._call.preview(said=said, source=Source.CALLER).plan.parts)

    def final(self, text: str) -> bool:
        """A piece that the caller has said. Tells whether a rule takes it."""
        if not holds_words(text) or self._call.over:
            return False
        self._take(late=True)
        self._said, self._reported = joined(self._said, text), joined(self._reported, text)
        self._lately = (*self._lately, plain(self._reported))[-_LATELY:]
        self._overhear(self._said)
        self._turn_id = self._turn_id or self._next_id()
        heard = report_words(self._call, self._said, turn_id=self._turn_id, patience=self._patience)
        self._waiting = (*(one for one in self._waiting if not one.outcome.done()), heard)
        return heard.acts

    def whole(self, text: str) -> None:
        """All that the caller has said in this turn, where the framework tells it at the end: what of it has been
        reported is not reported again."""
        if plain(text) not in (plain(self._said), plain(self._reported)):
            self._said = ""
            self.final(text)

    def ended(self, *, perhaps_late: bool = False) -> None:
        """The caller's turn is over: the next word begins another. `perhaps_late`: its last piece may still come."""
        self._open = self._told = False
        self._reported = ""
        self._over_since = self._now() if perhaps_late else float("-inf")

    def typed(self, text: str) -> None:
        """Something that the caller has written: a turn of its own."""
        self.ended()
        self.speaks()
        self.final(text)
        self.ended()

    def knows(self, text: str) -> bool:
        """Whether this is what the caller has said lately, in one turn."""
        return plain(text) in self._lately

    @property
    def goes_on(self) -> bool:
        """Whether the caller's turn goes on, as far as anybody can tell."""
        return self._goes_on(self._now())

    @property
    def told(self) -> bool:
        """Whether the caller's turn goes on, as the framework tells."""
        return self._told

    async def may_answer(self) -> bool:
        """Whether the model may speak, once the rules have had what was said so far: not while they have the turn, not
        in a turn in which a rule has it `stay silent`, not over a transfer or hangup that is decided, and not after the
        call's end."""
        for heard in self._waiting:
            await heard.settled()
        await self._call.ending_settled()
        return not self._call.over and not self._call.stays_silent

    @property
    def settled(self) -> bool:
        """Whether `may_answer` has nothing to wait for."""
        return not self._call.ending and all(heard.outcome.done() for heard in self._waiting)

    # --- inside ---

    def _take(self, *, late: bool) -> None:
        """A piece has come: it belongs to the utterance that goes on, or begins one."""
        now = self._now()
        if self._goes_on(now):
            self._last = now
        elif late and now - self._over_since < LATE:
            self._over_since = now  # It is over all the same, unless another piece was as late.
        else:
            self._begin()

    def _goes_on(self, now: float) -> bool:
        return self._open and (self._told or now - self._last < PAUSE)

    def _begin(self) -> None:
        self._said = self._turn_id = ""
        self._set_off = frozenset()
        self._open, self._told, self._last = True, False, self._now()

    def _overhear(self, text: str) -> None:
        # Before the first final there is no turn of these words yet: they will begin it.
        self._set_off |= report_interim(self._call, text, turn_id=self._turn_id, set_off=self._set_off)

    def _next_id(self) -> str:
        return f"{self._name}-{next(self._numbers)}"

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def joined(before: str, after: str) -> str:
    """Two pieces of what was said, as one text."""
    before, after = before.rstrip(), after.strip()
    if not before or not after:
        return before or after
    apart = not (_NO_SPACES.match(before[-1]) and _NO_SPACES.match(after[0]))
    return f"{before} {after}" if apart else before + after


def plain(text: str) -> str:
    """A text without what recognisers put between its words."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())
