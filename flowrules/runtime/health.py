"""How an engine is: for the people who run it, and for the orchestrator that asks whether it takes calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CandidateHealth:
    """`revision` is '' where it decides nothing. `share`: percent of the calls that it decides now; 0: it is played
    beside them all. `calls`: live ones that it decides."""

    revision: str
    share: float
    calls: int


@dataclass(frozen=True, slots=True)
class Health:
    """`problems` and `warnings` are sentences; none: all is well. With a problem, calls are not served as they should
    be; a warning is for somebody to look at while they are: an edit that did not go live is one. `revision` is that of
    the live rules, `last_load` how the last load of rules ended, with the reason where they did not go live. `journal`:
    whether one is kept. `wire`: the library that verbs go out with, and its version; "" where none go out.

    `checks` are what makes it ready to take calls, by name, each "ok" or a word for what is not: they name nothing of
    the host's, so anybody may see them."""

    mode: str
    revision: str
    last_load: str
    calls: int
    journal: bool
    problems: tuple[str, ...]
    counters: Mapping[str, int]
    wire: str = ""
    warnings: tuple[str, ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    candidate: CandidateHealth | None = None
    """Of the rules beside the live ones; None where there are none."""

    @property
    def ready(self) -> bool:
        """Whether it takes calls, and its journal takes what they do."""
        return all(found == OK for found in self.checks.values())


OK = "ok"
