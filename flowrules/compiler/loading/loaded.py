"""What a load has made, and how a load is run."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flowrules.analysis.incremental.checkup import Checkup
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings


@dataclass(frozen=True, slots=True)
class Loaded:
    """Files that are one rule set, as far as they could be understood. `ruleset` is None where there are
    errors: rules that are only half understood are never run."""

    checkup: Checkup
    findings: Findings
    """Those of the checkup, and mistakes in the text."""
    ruleset: RuleSet | None
    last: RuleSet | None
    """The rule set of these files before the errors came in, from which the next one is made; else `ruleset`."""


@contextmanager
def collector_paused() -> Iterator[None]:
    """A load makes hundreds of thousands of objects and hardly any garbage; looking through them for cycles again
    and again, as they grow, would take a quarter of its time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
