"""The way to the platform: one HTTP request, and whether it left.

`Wire` is what `ControlClient` speaks to. `control/httpx_wire.py` is the reference, `control/pyreqwest_wire.py` the fast
one, and `control/wires.py` chooses. `tests/control/test_wires.py` holds both to what stands here.

What the text of a token passes through lies beneath `Wire.perform`, and no exception with the frames of what lies there
leaves it: a logger that prints the variables of a traceback would print the token.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

MAX_REPLY = 256 * 1024
"""Bytes of a reply that are read. A longer one is not the platform's."""

KEPT_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than servers usually do, so that theirs is seldom closed under a
request."""

HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "flowrules",
}

NO_CONNECTION_IN_TIME = "no connection in time"
NOT_TRUSTED = "cannot connect: the server's certificate is not trusted"
NO_CONNECTION = "cannot connect"
NO_ANSWER_IN_TIME = "no answer in time"
BROKE = "the connection broke before the answer"
TLS_BROKE = "the encrypted connection broke before the answer"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, for one read or write, and for a whole request."""

    connect: float = 5.0
    read: float = 10.0
    whole: float = 15.0


@dataclass(slots=True)
class Exchange:
    """One request on the wire. `status` is 0 where no answer came. `problem` says in words why none came, or why its
    body did not come whole."""

    authorise: Callable[[], str] = field(repr=False)
    """The Authorization header. A wire asks it once, as late as it can."""
    left: bool = False
    """Whether it may have left. If not, it surely did not act."""
    status: int = 0
    retry_after: str | None = None
    body: bytes = field(default=b"", repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to go out, but for its credential; `request` is the wire's own. Where it could not be
    made, `problem` says why."""

    request: object = field(repr=False)
    problem: str = ""


def anything(exchange: Exchange) -> bool:
    """Any answer can be this request's."""
    return True


class Wire(Protocol):
    """The connections to one base URL.

    A request goes to that address and nowhere else: no redirect is followed, no cookie kept, no proxy of the
    environment used. It is sent once at most. `Exchange.left` is False only where it is proven that it did not leave.

    A connection is used again only where its last answer came whole, with nothing behind it: what is left over would be
    taken for the answer to the next request, perhaps of another call. A process that is forked off uses none of the
    connections of the process that it comes from.
    """

    @property
    def name(self) -> str:
        """The library that it speaks HTTP with, and its version."""

    @property
    def base(self) -> str: ...

    async def prepare(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        content: Callable[[], bytes] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Prepared:
        """A request, with `key` for its Idempotency-Key. What goes wrong is told in words, never raised. Who needs long
        for it gives way at the end."""

    async def perform(
        self,
        prepared: Prepared,
        authorise: Callable[[], str],
        *,
        at_most: float | None = None,
        fits: Callable[[Exchange], bool] = anything,
    ) -> Exchange:
        """Send a request and read its answer, in `at_most` seconds where so many are given. It gives way to nobody
        before the connection is asked for: whoever looked whether the request may go out has looked just now. What goes
        wrong is told in words, never raised. `fits` says whether an answer can be this request's: where it can't, the
        connection is not used again.

        Cancelled, it raises CancelledError without the frames that hold a token; a request that has not left by then
        does not leave any more."""

    async def aclose(self) -> None:
        """Close the connections that are idle."""
