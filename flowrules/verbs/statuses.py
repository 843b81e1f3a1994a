"""Where a lead can stand."""

KNOWN_STATUSES = (
    "pending",
    "dialing",
    "connected",
    "busy",
    "no_answer",
    "failed",
    "dnd",
    "completed",
    "callback",
)
"""The statuses that the platform's pages name; others occur, so they are accepted with a note."""
