"""The record of what was decided and sent: append-only lines of JSON, written before the act."""

from flowrules.runtime.journal.checking import Problem, verify
from flowrules.runtime.journal.masking import Masker
from flowrules.runtime.journal.reader import Entry, read_journal, story
from flowrules.runtime.journal.writer import Journal

__all__ = ["Entry", "Journal", "Masker", "Problem", "read_journal", "story", "verify"]
