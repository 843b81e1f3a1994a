"""The whole way from text to rule set: parse → check → compile."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flowrules.analysis.check import DEFAULT_FENCE, check
from flowrules.analysis.checked import CheckedRules
from flowrules.analysis.host_fence import HostFence
from flowrules.analysis.report import Report
from flowrules.analysis.scope import gather
from flowrules.analysis.sound import sound_rules
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings, has_errors, in_order
from flowrules.language.parse import parse
from flowrules.source import SourceFile


@dataclass(frozen=True, slots=True)
class Loaded:
    """Files that are one rule set, as far as they could be understood. `ruleset` is None where there are
    errors: rules that are only half understood are never run."""

    checked: CheckedRules
    findings: Findings
    ruleset: RuleSet | None


def load_rules(
    sources: Iterable[SourceFile], *, agent_type: str = "agent", fence: HostFence = DEFAULT_FENCE
) -> Loaded:
    """Load files as one rule set. Findings stand in the files' order, then by place. `fence` as for `check`."""
    with _collector_paused():
        checked, findings = check_sources(sources, fence=fence)
        ruleset = None if has_errors(findings) else compile_rules(checked, agent_type=agent_type)
    return Loaded(checked, findings, ruleset)


def compile_sound(
    sources: Iterable[SourceFile], *, agent_type: str = "agent", previous: RuleSet | None = None
) -> RuleSet:
    """Files that `load_rules` has found free of errors, in another process perhaps, as one rule set: nothing is
    checked again. `previous` as for `compile_rules`."""
    with _collector_paused():
        scope = gather([parse(source)[0] for source in sources])
        return compile_rules(sound_rules(scope, Report()), agent_type=agent_type, previous=previous)


def check_sources(
    sources: Iterable[SourceFile], *, fence: HostFence = DEFAULT_FENCE
) -> tuple[CheckedRules, Findings]:
    """Parse and check, without compiling."""
    parsed = [parse(source) for source in sources]
    checked, found = check([file for file, _ in parsed], fence)
    order = {file.source.path: index for index, (file, _) in enumerate(parsed)}
    everything = [*(finding for _, findings in parsed for finding in findings), *found]
    return checked, in_order(sorted(everything, key=lambda finding: order[finding.location.source.path]))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A load makes hundreds of thousands of objects and hardly any garbage; looking through them for cycles again
    and again, as they grow, would take a quarter of its time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
