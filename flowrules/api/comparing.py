"""What an edit changes, for scripts: in situations made up for it, and in recorded calls. Nothing here can send."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from flowrules.api.loading import load
from flowrules.call.receipt import Reason
from flowrules.compiler.ruleset import RuleSet

if TYPE_CHECKING:
    from flowrules.recordings.call import Recorded
    from flowrules.replaying.answer import Answer
    from flowrules.scenarios.comparing.difference import Difference

Rules = RuleSet | Path | str


def diff(old: Rules, new: Rules) -> "Difference":
    """What two rule sets do differently, with an example for each change that one was found for; parts that differ and
    that no example shows are named. Raises what `load` raises."""
    from flowrules.scenarios.comparing.difference import difference

    return difference(_ruleset(old), _ruleset(new))


def replay(
    new: Rules,
    over: "Path | str | Iterable[Recorded]",
    against: Rules | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    ignored: Iterable[str] = (),
    supposing: Mapping[str, str] | None = None,
) -> "Answer":
    """What the new rules would have done otherwise in recorded calls.

        answer = replay("edited/", "last-week.parquet", against="rules/")
        answer.changed_calls, answer.kinds["verbs"].events

    `over` is a recording, or a folder of them (`flowrules/recordings` reads them), or calls that were read. `against`
    are the rules to compare with; None: what the recording says was done. `columns` names the columns that have
    another name than the fact that they hold, `ignored` those that are left out. `supposing` says why verbs fail that
    were never sent (`{"transfer": "unavailable"}`); of others it is supposed that they are accepted.

    Raises what `load` raises, OSError, BadRecording where there is no recording, BadMapping for columns that can't be
    meant, and ValueError for a reason that is none.
    """
    from flowrules.replaying.run import replay_calls, replay_recording

    ruleset, old = _ruleset(new), None if against is None else _ruleset(against)
    fails = {verb: Reason(reason) for verb, reason in (supposing or {}).items()}
    if isinstance(over, Path | str):
        return replay_recording(Path(over), ruleset, old, fails, columns=columns, ignored=ignored)
    return replay_calls(over, ruleset, old, fails)


def _ruleset(rules: Rules) -> RuleSet:
    return rules if isinstance(rules, RuleSet) else load(rules)
