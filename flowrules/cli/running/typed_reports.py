"""A line that is typed while calls are live: JSON, or `intent=sales` as all other commands take it."""

import json
import shlex
from collections.abc import Collection, Iterator

from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import BadEvent, make_event
from flowrules.language.names import fold
from flowrules.runtime.reports import BadReport, Report, read_report
from flowrules.trying.pairs import BadPair, read_pairs
from flowrules.trying.unknown_names import remarks

_JSON = ("{", "[", '"')


def remarks_on(report: Report, ruleset: RuleSet) -> Iterator[str]:
    """A sentence for each name and value of a report that no rule knows: it is taken all the same."""
    try:
        event = make_event(*report.events, facts=report.all_facts)
    except BadEvent:
        return  # The call says what is wrong with it.
    yield from remarks(ruleset, event, {})


def read_line(line: str, events: Collection[str]) -> Report:
    """The report that a line stands for: a JSON object, or words such as `intent=sales payment_done call_id=c1`.

    A bare word is an event and must be among `events` (folded names): a slip must not pass for one on a live call.
    Raises BadReport.
    """
    if line.lstrip().startswith(_JSON):
        return read_report(line)
    try:
        bare, facts = read_pairs(shlex.split(line))
    except BadPair as error:
        raise BadReport(f"{error}") from None
    except ValueError:
        raise BadReport("a quotation mark is open") from None
    for word in bare:
        if fold(word) not in events:
            raise BadReport(
                f'the rules know no event "{word}": write an event by its name, a fact as intent=sales, and what the '
                'caller says as said="…"'
            )
    return read_report(json.dumps({**facts, "events": bare}))
