"""The whole way from text to rule set: parse → check → compile."""

from collections.abc import Iterable, Sequence

from flowrules.analysis.check import check, check_edit, check_up
from flowrules.analysis.checks.answers import with_answers
from flowrules.analysis.incremental.checkup import Checkup
from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.analysis.valid_rules import assume_valid
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.loading.loaded import Loaded, collector_paused
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings, has_errors, in_order
from flowrules.language.nodes import RuleFile
from flowrules.language.parse import parse
from flowrules.source import SourceFile


def load_rules(
    sources: Iterable[SourceFile],
    *,
    agent_type: str = "agent",
    fence: DestinationPolicy = DEFAULT_POLICY,
    previous: Loaded | None = None,
) -> Loaded:
    """Load files as one rule set. Findings stand in the files' order, then by place. `fence` as for `check`.

    From a `previous` load of the same files only what an edit touches is read, checked and compiled; the result is the
    same with and without it.
    """
    with collector_paused():
        files, syntax = _parsed(sources, () if previous is None else previous.checkup.rules.read)
        checkup = check_up(files, fence, None if previous is None else previous.checkup)
        return _loaded(checkup, syntax, agent_type, None if previous is None else previous.last)


def load_edit(
    sources: Iterable[SourceFile],
    previous: Loaded,
    *,
    agent_type: str = "agent",
    fence: DestinationPolicy = DEFAULT_POLICY,
) -> Loaded | None:
    """`load_rules` where an edit of the `previous` files touches a small part of them; None where everything is to be
    checked, which takes long."""
    with collector_paused():
        files, syntax = _parsed(sources, previous.checkup.rules.read)
        checkup = check_edit(files, fence, previous.checkup)
        return None if checkup is None else _loaded(checkup, syntax, agent_type, previous.last)


def _loaded(checkup: Checkup, syntax: Findings, agent_type: str, last: RuleSet | None) -> Loaded:
    findings = _together(checkup.rules.read, (*syntax, *checkup.findings))
    ruleset = None
    if not has_errors(findings):
        ruleset = compile_rules(checkup.rules, agent_type=agent_type, previous=last)
    return Loaded(checkup, findings, ruleset, ruleset or last)


def compile_sound(
    sources: Iterable[SourceFile], *, agent_type: str = "agent", previous: RuleSet | None = None
) -> RuleSet:
    """Files that `load_rules` has found free of errors, in another process perhaps, as one rule set: nothing is
    checked again. `previous` as for `compile_rules`."""
    with collector_paused():
        files, _ = _parsed(sources, () if previous is None else previous.checked.read)
        return compile_rules(assume_valid(files), agent_type=agent_type, previous=previous)


def check_sources(
    sources: Iterable[SourceFile], *, fence: DestinationPolicy = DEFAULT_POLICY
) -> tuple[CheckedRules, Findings]:
    """Parse and check, without compiling."""
    files, syntax = _parsed(sources)
    checked, found = check(files, fence)
    return checked, _together(files, (*syntax, *found))


def _parsed(
    sources: Iterable[SourceFile], before: Iterable[RuleFile] = ()
) -> tuple[tuple[RuleFile, ...], Findings]:
    known = {file.source.path: file for file in before}
    parsed = [parse(source, known.get(source.path)) for source in sources]
    return tuple(file for file, _ in parsed), tuple(one for _, findings in parsed for one in findings)


def _together(files: Sequence[RuleFile], findings: Findings) -> Findings:
    """All findings with the answers in the files, in the files' order."""
    order = {file.source.path: index for index, file in enumerate(files)}
    return in_order(
        sorted(with_answers(files, findings), key=lambda finding: order[finding.location.source.path])
    )


__all__ = ["Loaded", "check_sources", "compile_sound", "load_edit", "load_rules"]
