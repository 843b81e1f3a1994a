"""The policies that models draft: each in sentences, with what is given, reference rules, a slip and nasty cases."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "policies"
_PART = re.compile(r"^# --- (\w+)$\n", re.M)
_SENTENCE = re.compile(r"^# policy: (.+)$", re.M)


@dataclass(frozen=True, slots=True)
class Policy:
    """`given` are rules and declarations that are there already. `reference` does what the policy says; `slip` is what
    is usually written in its place. `nasty` are tests of what goes wrong then."""

    name: str
    sentence: str
    given: str
    reference: str
    slip: str
    nasty: str


def policies() -> tuple[Policy, ...]:
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.rules")))


def _read(path: Path) -> Policy:
    head, *rest = _PART.split(path.read_text("utf-8"))
    parts = dict(zip(rest[::2], rest[1::2], strict=True))
    return Policy(
        path.stem,
        " ".join(_SENTENCE.findall(head)),
        **{name: text.strip() + "\n" for name, text in parts.items()},
    )
