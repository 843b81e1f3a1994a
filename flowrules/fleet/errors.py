"""What a fleet raises on purpose."""

from flowrules.runtime.errors import FleetError as FleetError


class Unreachable(Exception):
    """The database gave no answer in time. `asked`: it was asked all the same, so what it was asked for may be done
    now, or may still come to be done."""

    def __init__(self, *, asked: bool) -> None:
        super().__init__("the fleet's database does not answer")
        self.asked = asked
