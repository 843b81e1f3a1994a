"""What the grammar alone guarantees: rules drawn from it by chance, as a model without any sense would write them."""

from collections.abc import Iterable
from random import Random

from benchmarks.drafting.judge import DRAFT, GIVEN
from benchmarks.drafting.policies import Policy
from flowrules.analysis.gather import gather
from flowrules.compiler.loading.load import check_sources
from flowrules.decoding.grammar import Only, grammar_of
from flowrules.decoding.sample import OutOfLuck, Sampler
from flowrules.diagnostics.diagnostic import Severity, open_findings
from flowrules.language.parse import parse
from flowrules.source import source_from_text

SAMPLES = 25
"""Rules drawn for each policy."""
COLUMNS = ("parse", "have no error", "check clean")


def by_chance(wanted: Iterable[Policy], samples: int = SAMPLES) -> tuple[int, int, int, int]:
    """How many rules were drawn, and of these how many parse, have no error beside what is given, and check clean."""
    drawn = parses = sound = clean = 0
    for policy in wanted:
        for text in _texts(policy, samples):
            drawn += 1
            draft = source_from_text(text, DRAFT)
            parses += all(one.code.severity is not Severity.ERROR for one in parse(draft)[1])
            found = [
                one
                for one in open_findings(check_sources([source_from_text(policy.given, GIVEN), draft])[1])
                if one.location.source.path == DRAFT
            ]
            sound += all(one.code.severity is not Severity.ERROR for one in found)
            clean += not found
    return drawn, parses, sound, clean


def _texts(policy: Policy, samples: int) -> Iterable[str]:
    """The same in each run, policy by policy."""
    checked, _ = check_sources([source_from_text(policy.given, GIVEN)])
    sampler = Sampler(grammar_of(gather(checked.files), (Only.RULES, Only.RAILS)), Random(policy.name))
    for _ in range(samples):
        try:
            yield sampler.draw("item")
        except OutOfLuck:
            continue
