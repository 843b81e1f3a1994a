"""The folder of accepted bundles: each by its digest, the one that is live, and how far a rollout has come.

    <digest>.frb     a bundle as it came, with its signatures
    live.frb         what the engines are to decide by; they watch it as any rule file
    rollout.json     the rest (`State`), written whole or not at all

What was accepted is trusted from then on as the journal beside it is: files that somebody else may write are not used.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from flowrules import built
from flowrules.kept import is_ours
from flowrules.rollout.envelope import digest_of
from flowrules.runtime.journal.file import write_whole

STATE = "rollout.json"
LIVE = f"live{built.SUFFIX}"
MAX_STEPS = 200
"""Steps that are remembered; the journal has all."""
MAX_KEPT = 20
"""Bundles that are kept, the newest, beside those in use."""


class NotKept(Exception):
    """Why the folder can't be used, as a sentence."""


class Bundle(msgspec.Struct, frozen=True):
    """An accepted bundle; `issued` as its statement says."""

    digest: str
    revision: str
    issued: datetime
    author: str = ""
    reason: str = ""


class Step(msgspec.Struct, frozen=True):
    """What was done, when, by whom and why. `share` is in percent of the calls, after the step."""

    number: int
    at: datetime
    step: str
    digest: str
    revision: str
    share: float
    author: str
    reason: str


class State(msgspec.Struct, frozen=True):
    """`live` and `candidate` are digests; '' for none. `share`: percent of the calls that the candidate decides; 0: it
    is played beside them and sends nothing. `sure`: the digest of a candidate or a live bundle that may lose what
    protects the calls, since somebody said so. `pinned`: new bundles are kept and not used, since somebody has stepped
    back. `newest` is the latest time of issue that was accepted: nothing older is taken. `etag` belongs to `url`."""

    live: str = ""
    candidate: str = ""
    share: float = 0.0
    sure: str = ""
    pinned: bool = False
    newest: datetime | None = None
    url: str = ""
    etag: str = ""
    bundles: tuple[Bundle, ...] = ()
    steps: tuple[Step, ...] = ()

    def bundle(self, digest: str) -> Bundle | None:
        """The one bundle whose digest begins so; None where there is none, or more than one."""
        found = [one for one in self.bundles if digest and one.digest.startswith(digest)]
        return found[0] if len(found) == 1 else None


class Store:
    """One process writes it; any may read it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def live_path(self) -> Path:
        return self.folder / LIVE

    def path(self, digest: str) -> Path:
        return self.folder / f"{digest}{built.SUFFIX}"

    def read(self) -> State:
        """Raises NotKept."""
        path = self.folder / STATE
        try:
            with path.open("rb") as file:
                if not is_ours(os.fstat(file.fileno())):
                    raise NotKept(f"{path} may be written by somebody else, so it is not used")
                return msgspec.json.decode(file.read(), type=State)
        except FileNotFoundError:
            return State()
        except OSError as error:
            raise NotKept(f"{path} can't be read: {error.strerror or error}") from None
        except (msgspec.MsgspecError, ValueError):
            raise NotKept(f"{path} was not written by this version") from None

    def write(self, state: State) -> None:
        """Raises OSError."""
        write_whole(self.folder / STATE, msgspec.json.format(msgspec.json.encode(state)) + b"\n")

    def keep(self, digest: str, data: bytes) -> None:
        """Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self.path(digest), data)

    def go_live(self, digest: str) -> None:
        """Let the engines find a kept bundle under the name that they watch. Raises NotKept, OSError."""
        write_whole(self.live_path, self.read_bundle(digest))

    def read_bundle(self, digest: str) -> bytes:
        """A kept bundle. Raises NotKept where it is not what was accepted."""
        path = self.path(digest)
        try:
            with path.open("rb") as file:
                ours, data = is_ours(os.fstat(file.fileno())), file.read()
        except OSError as error:
            raise NotKept(f"{path} can't be read: {error.strerror or error}") from None
        if not ours or digest_of(built.unsealed(data)) != digest:
            raise NotKept(f"{path} is not what was accepted")
        return data

    def forget(self, state: State) -> State:
        """Delete what is neither in use nor among the newest; the state without these."""
        newest = sorted(state.bundles, key=lambda one: one.issued, reverse=True)[:MAX_KEPT]
        stay = tuple(
            one for one in state.bundles if one in newest or one.digest in (state.live, state.candidate)
        )
        for one in state.bundles:
            if one not in stay:
                self.path(one.digest).unlink(missing_ok=True)
        return msgspec.structs.replace(state, bundles=stay)


def with_step(state: State, step: str, bundle: Bundle | None, author: str, reason: str) -> State:
    """The state with a step on its record."""
    number = state.steps[-1].number + 1 if state.steps else 1
    made = Step(
        number,
        datetime.now(UTC),
        step,
        bundle.digest if bundle else "",
        bundle.revision if bundle else "",
        state.share,
        author,
        reason,
    )
    steps: Sequence[Step] = (*state.steps, made)[-MAX_STEPS:]
    return msgspec.structs.replace(state, steps=tuple(steps))
