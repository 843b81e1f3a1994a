"""The Yotel platform on this machine: an independent double to develop, test and demonstrate against.

It knows the verbs and nothing else of this project. What the platform's pages and its Python client document, it does;
where they disagree, Settings has a switch.
"""

from flowrules.sandbox.clock import Clock
from flowrules.sandbox.controls import OpenedCall
from flowrules.sandbox.faults import Fault, FaultRate, FrameFault
from flowrules.sandbox.ledger import Entry
from flowrules.sandbox.server import Sandbox
from flowrules.sandbox.settings import Settings

__all__ = ["Clock", "Entry", "Fault", "FaultRate", "FrameFault", "OpenedCall", "Sandbox", "Settings"]
