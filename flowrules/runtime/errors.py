"""What a running engine raises on purpose. A verb's fate is never an exception: it is in the call's outcome.

FlowrulesError
├── ControlError         (flowrules/control/errors.py)
└── RunError
    ├── BadFrame          the first frame is no metadata frame: there is no call to speak of
    ├── CallInUse         a call with this id is live already: that one goes on
    ├── NotRunning        the engine was not started, is shutting down, or is closed: it takes no call
    ├── WaitsForItself    a handler waits for what its own call does only when that handler has answered
    ├── FleetError        the fleet can't be joined, or not looked at: no call was taken
    ├── FleetUnavailable  a report for a call of another host can't be passed on: it was not taken
    ├── RulesRefused      the first rule set that was loaded has errors: nothing is live
    └── JournalError      the journal can't be opened, or could not be written: nothing is sent unrecorded
"""

from flowrules.control.errors import FlowrulesError
from flowrules.diagnostics.diagnostic import Findings


class RunError(FlowrulesError):
    """The engine can't do what it was asked for."""


class BadFrame(RunError):
    """A frame that should open a call can't be read as the metadata frame. The call is untouched."""


class CallInUse(RunError):
    """A call with this id is live already. That one goes on; the second connection is none of it."""


class NotRunning(RunError):
    """The engine takes no call: it was not started (`async with Engine(…) as engine:`), is shutting down, or is
    closed. Or it can't be started, since it runs."""


class WaitsForItself(RunError):
    """A handler of a verb, or a voice, would wait for its own call, which waits for the handler. Nothing has happened
    to the call."""


class FleetError(RunError):
    """The fleet can't be joined, or not looked at. No message names the database's password."""


class FleetUnavailable(RunError):
    """A report for a call of another host of the fleet can't be passed on now. It was not taken."""


class RulesRefused(RunError):
    """A rule set that was to go live at the start has errors. No call was touched. `findings` say what is wrong."""

    def __init__(self, message: str, findings: Findings = ()) -> None:
        super().__init__(message)
        self.findings = findings


class JournalError(RunError):
    """The journal belongs to another process, or its disk refuses. What is not written down is not sent."""
