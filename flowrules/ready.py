"""Rules ready to run, by the shortest way: what a load of the same texts has made is kept, and taken over.

Beside `compiler.loading.load`, which touches nothing but its arguments, this reads and writes the user's cache
(`kept.py`) and built rule sets (`built.py`). The result is the same with and without them.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from flowrules import built, kept
from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.compiler.loading.loaded import Loaded
from flowrules.compiler.loading.stored import from_bytes, key_of, to_bytes
from flowrules.source import SourceFile

_PARTS = ("language", "analysis", "compiler", "diagnostics", "verbs", "record.py", "source.py")
"""Where it is written what becomes of a text."""
MOST = 32
"""Loads that are kept."""


def load_ready(
    sources: Sequence[SourceFile],
    path: Path | None = None,
    *,
    agent_type: str = "agent",
    fence: DestinationPolicy = DEFAULT_POLICY,
    made: tuple[str, bytes] | None = None,
) -> Loaded:
    """`load_rules`, of texts that were loaded before without doing it again. `path` is where they were read from,
    `made` what `kept_form` gave before."""
    key = key_of(sources, fence, engine())
    folder, name = kept.user_folder(), f"{key[:32]}.rules"
    data = _in_file(path, key) if path is not None and built.is_built(path) else None
    if made is not None and made[0] == key:
        data = made[1]
    if data is None and folder is not None:
        data = kept.fetch(folder, name, key)
    if data is not None:
        loaded = from_bytes(data, sources, agent_type=agent_type, fence=fence)
        if loaded is not None:
            return loaded
    from flowrules.compiler.loading.load import load_rules  # all the checks, which most starts do without

    loaded = load_rules(sources, agent_type=agent_type, fence=fence)
    if folder is not None and (data := to_bytes(loaded)) is not None:
        kept.store(folder, name, key, data, most=MOST)
    return loaded


def build(loaded: Loaded, target: Path, seal: Callable[[bytes], bytes] = lambda data: data) -> None:
    """Write a load without errors as a built rule set, in one step; `seal` signs it. Raises OSError; ValueError where a
    rule file is no longer what was loaded."""
    sources = [file.source for file in loaded.checkup.rules.files]
    texts = []
    for source in sources:
        data = Path(source.path).read_bytes()
        if hashlib.sha256(data).hexdigest() != source.digest:
            raise ValueError(f"{source.path} has changed while it was built")
        texts.append((source.path, data))
    kept.replace(target, seal(built.whole(texts, *kept_form(loaded))))


def kept_form(loaded: Loaded) -> tuple[str, bytes]:
    """A load without errors as it is kept: its key, and its bytes; b"" where it has none."""
    sources = [file.source for file in loaded.checkup.rules.files]
    return key_of(sources, loaded.checkup.fence, engine()), to_bytes(loaded) or b""


@cache
def engine() -> str:
    """A digest of the code that reads, checks and compiles rules: it, and not a number that somebody has to raise, says
    whether what was made before still holds."""
    digest = hashlib.sha256()
    home = Path(__file__).parent
    for part in _PARTS:
        place = home / part
        for file in [place] if place.is_file() else sorted(place.rglob("*.[pl][ya]*")):
            if "__pycache__" not in file.parts:
                digest.update(file.relative_to(home).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _in_file(path: Path, key: str) -> bytes | None:
    try:
        found = built.load_of(path.read_bytes())
    except OSError:
        return None
    return found[1] if found is not None and found[0] == key else None
