"""What playing calls has shown, without what plays them: that takes long to import, and is done elsewhere."""

from dataclasses import dataclass

from flowrules.diagnostics.diagnostic import Code, Findings, Severity
from flowrules.source import Location

SECONDS = 10.0
"""How long stories are played after an edit, at most."""
FAILING_TEST = Code(
    "test",
    "failing-test",
    Severity.ERROR,
    "A test does not pass",
    "Rules whose own tests fail do not go live.",
    avoid="",
    prefer="",
)
"""Of an editor alone: elsewhere `flowrules test` says so."""


@dataclass(frozen=True, slots=True)
class TestPlayed:
    """How a test went that stands at `location`."""

    location: Location
    label: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Played:
    """What was found so far, in the texts that were played. `last`: nothing more comes of them. `looked`: how far
    stories were played, in sentences. `far`: far enough to say that a promise holds which none of them breaks.
    `tested`: at least as far as `flowrules test` plays."""

    findings: Findings
    tests: tuple[TestPlayed, ...]
    looked: tuple[str, ...]
    last: bool
    far: bool = False
    tested: bool = False


NOTHING_PLAYED = Played((), (), (), last=False)


@dataclass(frozen=True, slots=True)
class Explored:
    """What stories around one rule show: the rule as it is called, what goes wrong, and how far was looked."""

    rule: str
    findings: Findings
    looked: tuple[str, ...]
