"""Takes bundles in and makes the steps of a rollout: the one process that writes the store.

Which bundle is newer is told by the time of issue in what is signed. One that was issued before the newest that was
accepted here is never taken from a server, however valid its signature: it is a replay. To go back is a step that
somebody makes, to a bundle that this host has accepted before and kept (`back`); or its rules are signed anew.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

import msgspec

from flowrules import built
from flowrules.compiler.compile import revision_of
from flowrules.rollout.envelope import NotTrusted, Statement, opened
from flowrules.rollout.fetch import Fetcher, NotFetched, shown
from flowrules.rollout.stage import Stage
from flowrules.rollout.store import Bundle, NotKept, State, Store, with_step
from flowrules.runtime.journal.writing.lock import BUNDLES_LOCK, FolderLock
from flowrules.runtime.log import Log
from flowrules.source import source_from_bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

AHEAD = timedelta(minutes=10)
"""So far a signer's clock may be ahead of this one. A bundle of the far future would shut out all that follow."""
_log = Log(__name__)


class Polled(StrEnum):
    """How asking for a bundle ended."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class Move(StrEnum):
    """What a person can do. `candidate`: play a kept bundle beside the live rules. `share`: let the candidate decide
    so many percent of the calls. `all`: let it decide all. `withdraw`: end it. `back`: let a kept bundle be live, and
    use no new one. `follow`: use the newest again."""

    CANDIDATE = "candidate"
    SHARE = "share"
    ALL = "all"
    WITHDRAW = "withdraw"
    BACK = "back"
    FOLLOW = "follow"


class BadStep(Exception):
    """Why a step can't be made, as a sentence."""


class Rollout:
    """`keys` are those of which one must have signed; `stage` and `share` say where a new bundle begins."""

    def __init__(
        self,
        store: Store,
        fetcher: Fetcher,
        keys: "Sequence[Ed25519PublicKey]",
        *,
        stage: Stage = Stage.LIVE,
        share: float = 0.0,
        on_polled: Callable[[Polled, bool], None] = lambda outcome, taken: None,
    ) -> None:
        """`on_polled` is told how each poll ended, and whether what the server has is what was taken last."""
        self.store = store
        self.on_polled = on_polled
        self.problem = ""
        """Why the bundle that the server has is not the one that was taken last; '' where it is."""
        self._fetcher, self._keys = fetcher, keys
        self._stage, self._share = stage, share
        self._lock = FolderLock(store.folder, BUNDLES_LOCK)
        self._busy = asyncio.Lock()
        self.state = State()
        self._seen = ""
        """The ETag of what was looked at last, taken or not."""
        self._refused = ""
        """Why that was not taken."""

    def open(self) -> None:
        """Be the one that writes the store. Raises OSError, JournalError where another process has it, NotKept."""
        self.store.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock.acquire()
        self.state = state = self.store.read()
        if state.url == self._fetcher.url and state.live:
            self._seen = state.etag
        if state.live:
            # A process that ended between the two writes of a step has not let the engines know.
            self.store.go_live(state.live)

    def close(self) -> None:
        self._lock.release()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for whoever looks after the host."""
        found = []
        if self.problem:
            found.append(f"the bundle at {shown(self._fetcher.url)} is not taken: {self.problem}")
        if self.state.pinned:
            found.append(
                "somebody has stepped back, so new bundles are kept and not used until `rollout follow`"
            )
        return tuple(found)

    async def poll(self) -> Polled:
        """Ask for the bundle once. Whatever is odd keeps what is live."""
        try:
            fetched = await self._fetcher.fetch(self._seen)
            if fetched.data is None:
                return self._polled(Polled.UNCHANGED, self._refused)
            self._seen, self._refused = fetched.etag, ""
            async with self._busy:
                outcome = await asyncio.to_thread(self._take, fetched.data, fetched.etag)
        except NotFetched as error:
            return self._polled(Polled.UNREACHABLE, str(error))
        except (NotTrusted, NotKept) as error:
            self._refused = str(error)
            return self._polled(Polled.REFUSED, self._refused)
        except OSError as error:
            self._seen = ""
            return self._polled(Polled.REFUSED, f"it can't be kept: {error.strerror or error}")
        return self._polled(outcome, "")

    async def step(
        self,
        move: Move,
        *,
        author: str,
        reason: str,
        digest: str = "",
        share: float | None = None,
        sure: bool = False,
    ) -> State:
        """Make a step. `sure`: the rules may lose what protects the calls. Raises BadStep, NotKept, OSError."""
        if not author.strip() or not reason.strip():
            raise BadStep("a step takes an author and a reason: they go on record")
        async with self._busy:
            return await asyncio.to_thread(self._step, move, author, reason, digest, share, sure)

    # --- in a thread, one at a time ---

    def _take(self, data: bytes, etag: str) -> Polled:
        statement, bundle = opened(data, self._keys)
        known, state = self.state.bundle(statement.digest), self.state
        self._judge(statement, bundle)
        state = msgspec.structs.replace(state, newest=statement.issued, url=self._fetcher.url, etag=etag)
        taken = Bundle(
            statement.digest, statement.revision, statement.issued, statement.author, statement.reason
        )
        if known is not None and known.issued == statement.issued:
            self._put(state, "")
            return Polled.UNCHANGED
        self.store.keep(statement.digest, data)
        others = tuple(one for one in state.bundles if one.digest != statement.digest)
        state = msgspec.structs.replace(state, bundles=(*others, taken))
        if state.pinned:
            self._put(with_step(state, "kept", taken, taken.author, taken.reason), "")
        else:
            self._begin(state, taken, taken.author, taken.reason)
        return Polled.TAKEN

    def _judge(self, statement: Statement, bundle: bytes) -> None:
        newest = self.state.newest
        if newest is not None and statement.issued < newest:
            raise NotTrusted(
                f"it was issued at {statement.issued:%Y-%m-%d %H:%M:%S} UTC, before the newest that was accepted "
                f"({newest:%Y-%m-%d %H:%M:%S} UTC): to go back is a step (flowrules rollout back)"
            )
        if newest is not None and statement.issued == newest and self.state.bundle(statement.digest) is None:
            raise NotTrusted("another bundle was issued at the same moment")
        if statement.issued > datetime.now(UTC) + AHEAD:
            raise NotTrusted(
                f"it was issued at {statement.issued:%Y-%m-%d %H:%M:%S} UTC, which is still to come: look at the clocks"
            )
        try:
            sources = tuple(source_from_bytes(text, path) for path, text in built.texts_of(bundle))
        except (ValueError, msgspec.MsgspecError):
            raise NotTrusted("it is signed, and no whole built rule set") from None
        if revision_of(sources) != statement.revision:
            raise NotTrusted("it is signed, and its revision is another one")

    def _begin(self, state: State, bundle: Bundle, author: str, reason: str) -> None:
        """A bundle that is to be used begins."""
        if self._stage is Stage.LIVE or not state.live:
            state = msgspec.structs.replace(state, live=bundle.digest, candidate="", share=0.0, sure="")
            self._put(with_step(state, "live", bundle, author, reason), bundle.digest)
        elif bundle.digest == state.live:
            self._put(with_step(state, "live", bundle, author, reason), "")
        else:
            state = msgspec.structs.replace(state, candidate=bundle.digest, share=self._share, sure="")
            self._put(with_step(state, "candidate", bundle, author, reason), "")

    def _step(
        self, move: Move, author: str, reason: str, digest: str, share: float | None, sure: bool
    ) -> State:
        state = self.state
        replace = msgspec.structs.replace
        candidate = state.bundle(state.candidate)
        bundle: Bundle | None = candidate
        goes_live = ""
        match move:
            case Move.CANDIDATE:
                bundle = self._named(digest)
                if bundle.digest == state.live:
                    raise BadStep("that bundle is live already")
                state = replace(state, candidate=bundle.digest, share=0.0, sure="")
            case Move.SHARE:
                if candidate is None:
                    raise BadStep("there is no candidate")
                if share is None or not 0 <= share <= 100:
                    raise BadStep("a share is 0 to 100 percent of the calls")
                state = replace(state, share=share, sure=candidate.digest if sure else state.sure)
            case Move.ALL:
                if candidate is None:
                    raise BadStep("there is no candidate")
                goes_live = candidate.digest
                kept_sure = candidate.digest if sure or state.sure == candidate.digest else ""
                state = replace(state, live=goes_live, candidate="", share=0.0, sure=kept_sure)
            case Move.WITHDRAW:
                if candidate is None:
                    raise BadStep("there is no candidate")
                state = replace(state, candidate="", share=0.0, sure="")
            case Move.BACK:
                bundle = self._named(digest)
                goes_live = bundle.digest
                state = replace(
                    state,
                    live=goes_live,
                    candidate="",
                    share=0.0,
                    pinned=True,
                    sure=goes_live if sure else "",
                )
            case Move.FOLLOW:
                if not state.pinned:
                    raise BadStep("the newest bundle is followed already")
                state = with_step(replace(state, pinned=False), move.value, None, author, reason)
                newest = max(state.bundles, key=lambda one: one.issued)
                if newest.digest == state.live:
                    self._put(state, "")
                else:
                    self._begin(state, newest, author, reason)
                return self.state
            case _:
                assert_never(move)
        self._put(with_step(state, move.value, bundle, author, reason), goes_live)
        return self.state

    def _named(self, digest: str) -> Bundle:
        found = self.state.bundle(digest)
        if found is None:
            raise BadStep(
                f"no one bundle that is kept has a digest that begins with {digest!r}: see flowrules rollout show"
            )
        return found

    def _put(self, state: State, goes_live: str) -> None:
        """Write the state, then what the engines watch."""
        if goes_live:
            self.store.read_bundle(goes_live)
        state = self.store.forget(state)
        self.store.write(state)
        self.state = state
        if goes_live:
            self.store.go_live(goes_live)

    def _polled(self, outcome: Polled, problem: str) -> Polled:
        if problem != self.problem:
            if problem:
                _log.warning("bundle.not_taken", outcome=outcome.value, why=problem)
            else:
                _log.info("bundle.well_again")
        self.problem = problem
        self.on_polled(outcome, not problem)
        if outcome is Polled.TAKEN:
            step = self.state.steps[-1]
            _log.info("bundle.taken", step=step.step, digest=step.digest, revision=step.revision)
        return outcome


async def poll_for_ever(rollout: Rollout, every: float) -> None:
    """Ask every so many seconds, until cancelled."""
    while True:
        await asyncio.sleep(every)
        try:
            await rollout.poll()
        except Exception:  # The next time may go well.
            _log.exception("bundle.poll_broken")
