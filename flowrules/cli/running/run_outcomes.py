"""What `flowrules run` prints: each outcome as a line of JSON."""

import json

from flowrules.call.outcome import EventOutcome
from flowrules.cli.terminal.output import Output
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.reports import outcome_json


def print_json(outcomes: Output, data: object) -> None:
    outcomes.write(json.dumps(data, ensure_ascii=False) + "\n")


def print_outcome(outcomes: Output, call: CallSession, outcome: EventOutcome) -> None:
    print_json(outcomes, outcome_json(call.call_id, outcome))
