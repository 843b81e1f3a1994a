"""How much may be played."""

from typing import NamedTuple


class Budget(NamedTuple):
    """`depth`: of a story, as `moves.cost` counts it. `inputs`: moves, of all stories. `seconds` by the clock that is
    given to `explore`. Equal `depth`, `inputs` and `seed` lead to equal findings; where the seconds have cut it off,
    the coverage says so."""

    depth: int = 4
    seconds: float | None = None
    inputs: int | None = None
    seed: int = 0


ORDINARY = Budget()
