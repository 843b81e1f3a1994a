"""Why a step can't be sent."""

from typing import NamedTuple


class Refusal(NamedTuple):
    """A sentence for the journal and the preview, without a full stop."""

    message: str
