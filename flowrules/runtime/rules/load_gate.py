"""Whether rules may go live: checked, and asked of whoever has the last word on them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.compiler.loading.load import Loaded, load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings, Severity
from flowrules.ready import load_ready
from flowrules.runtime.log import Log
from flowrules.source import SourceFile

_log = Log(__name__)


class GateAnswer(NamedTuple):
    """What a gate says: why the rules may not go live, or ''; and what it has found beside that."""

    objection: str
    findings: Findings = ()


Gate = Callable[[RuleSet], "str | GateAnswer"]
"""Has the last word on a rule set that checks clean: why it may not go live, or ''. For tests in the rule files."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`objection` says why not; '' where nothing speaks against them."""

    findings: Findings
    objection: str = ""


def evaluate(
    sources: tuple[SourceFile, ...],
    agent_type: str,
    gate: Gate | None,
    fence: DestinationPolicy = DEFAULT_POLICY,
    previous: Loaded | None = None,
    path: Path | None = None,
) -> tuple[Verdict, Loaded]:
    """The verdict, and what it was made of, which may be `previous` for the next one. Without an objection it has a
    rule set. `path` is where the sources were read from."""
    if previous is None:
        loaded = load_ready(sources, path, agent_type=agent_type, fence=fence)
    else:
        loaded = load_rules(sources, agent_type=agent_type, fence=fence, previous=previous)
    if loaded.ruleset is None:
        errors = sum(finding.code.severity is Severity.ERROR for finding in loaded.findings)
        message = f"{errors} {'error' if errors == 1 else 'errors'}: {_first_error(loaded.findings)}"
        return Verdict(loaded.findings, message), loaded
    judged = ask_gate(gate, loaded.ruleset)
    return Verdict((*loaded.findings, *judged.findings), judged.objection), loaded


def ask_gate(gate: Gate | None, ruleset: RuleSet) -> GateAnswer:
    """What a gate says of a rule set. It is the host's code: what it raises, or gives that is no text, is an objection,
    too, since nobody has said that the rules may go live."""
    if gate is None:
        return GateAnswer("")
    try:
        said: object = gate(ruleset)
    except Exception as error:
        _log.exception("gate.broken")
        return GateAnswer(f"the gate failed: {type(error).__name__}: {error}".rstrip(": "))
    if isinstance(said, GateAnswer):
        return said
    if said is None or isinstance(said, str):
        return GateAnswer(said or "")
    return GateAnswer(f"the gate has to say why not, or '': it gave {type(said).__name__}")


def _first_error(findings: Findings) -> str:
    finding = next(finding for finding in findings if finding.code.severity is Severity.ERROR)
    place = finding.location
    where = "" if place.source.unread else f", line {place.first.line}"
    return f"{place.source.path}{where}: {finding.message}"
