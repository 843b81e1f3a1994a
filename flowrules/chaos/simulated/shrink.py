"""The shortest story that still goes wrong in the same way (delta debugging: Zeller, Hildebrandt, 2002)."""

from collections.abc import Callable, Sequence

from flowrules.chaos.simulated.play import Played, Run, play
from flowrules.chaos.simulated.story import HangUp

_AT_MOST = 2_000
"""Plays after which what has been found is short enough."""


def shortest(run: Run, failed: Sequence[Played]) -> tuple[tuple[str, ...], Played]:
    """Of several worlds that went wrong, the one whose story can be told in the fewest words."""
    return min((shrunk(run, played) for played in failed), key=lambda story: len(story[0]))


def shrunk(run: Run, failed: Played) -> tuple[tuple[str, ...], Played]:
    """The names of what is left of its story, and how that is played. Nothing of it can be left out."""
    wrong = failed.contradictions.keys()
    names = [scene.name for scene in failed.scenes if not isinstance(scene.act, HangUp)]
    names += [met.name for met in failed.met]
    last, plays = failed, 0

    def fails(kept: Sequence[str]) -> bool:
        nonlocal last, plays
        plays += 1
        played = play(run, failed.number, frozenset(kept))
        if wrong & played.contradictions.keys():
            last = played
            return True
        return False

    kept = _least(names, fails, lambda: plays < _AT_MOST) if fails(names) else names
    return tuple(kept), last


def _least(
    names: list[str], fails: Callable[[Sequence[str]], bool], may_go_on: Callable[[], bool]
) -> list[str]:
    """Leave out pieces, large ones first, as long as it still fails."""
    size = max(1, len(names) // 2)
    while may_go_on():
        at, shorter = 0, False
        while at < len(names) and may_go_on():
            without = names[:at] + names[at + size :]
            if fails(without):
                names, shorter = without, True
            else:
                at += size
        if size == 1 and not shorter:
            break
        size = max(1, size // 2)
    return names
