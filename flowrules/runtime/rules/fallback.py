"""What a start can run on where the rules on disk can't go live at once: the rules that were live last."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.compiler.ruleset import RuleSet
from flowrules.runtime.log import Log
from flowrules.runtime.rules.last_good import LastGood, NotUsable, read

if TYPE_CHECKING:
    from flowrules.runtime.rules.load_gate import Gate

_log = Log(__name__)


class Fallback:
    """Rules that were kept by an earlier run. They are judged as any others are: by the checks of this version, the
    fence that the host has now, and the gate."""

    def __init__(
        self, kept: LastGood, agent_type: str, fence: DestinationPolicy, gate: "Gate | None"
    ) -> None:
        self.revision = kept.revision
        self._kept = kept
        self._agent_type, self._fence, self._gate = agent_type, fence, gate

    @property
    def told(self) -> str:
        """What they are, as the end of a sentence."""
        at = self._kept.accepted
        return f"the last good rules of {at:%Y-%m-%d %H:%M:%S} UTC, revision {self.revision}"

    @cached_property
    def ruleset(self) -> RuleSet | None:
        """None where they have errors by now."""
        from flowrules.ready import load_ready

        kept = self._kept
        made = (kept.key, kept.load) if kept.load else None
        loaded = load_ready(kept.sources, agent_type=self._agent_type, fence=self._fence, made=made)
        if loaded.ruleset is None:
            _log.warning("last_good.not_usable", why="they have errors by the checks and limits of today")
        return loaded.ruleset

    def may_go_live(self) -> bool:
        from flowrules.runtime.rules.load_gate import ask_gate

        if self.ruleset is None:
            return False
        objection = ask_gate(self._gate, self.ruleset).objection
        if objection:
            _log.warning("last_good.not_usable", why=objection)
        return not objection


def find_fallback(
    folder: Path, path: Path, agent_type: str, fence: DestinationPolicy, gate: "Gate | None"
) -> Fallback | None:
    """The rules that were kept in a folder for the rule files at a path; None where none can be used."""
    try:
        kept = read(folder, path)
    except NotUsable as error:
        _log.warning("last_good.not_usable", why=str(error))
        return None
    return None if kept is None else Fallback(kept, agent_type, fence, gate)
