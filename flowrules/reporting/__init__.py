"""What a journal says about many calls: figures for whoever answers for them."""

from flowrules.reporting.journal_report import report
from flowrules.reporting.model import Report

__all__ = ["Report", "report"]
