"""Small mistakes in canonical text, as a writer makes them: words and signs that are left out, doubled, swapped, misspelled."""

import re
from collections.abc import Iterator
from random import Random

_PIECE = re.compile(r'"(?:[^"\n]|"")*"|\n *| +|[(),=]|[^\s(),="]+')


def mutants(text: str, others: list[str], dice: Random, count: int) -> Iterator[str]:
    """So many texts that each differ from this one in one place. `others` are words that may stand in the place of one."""
    pieces = _PIECE.findall(text)
    assert "".join(pieces) == text
    changed = [at for at, piece in enumerate(pieces) if piece.strip()]
    for _ in range(count):
        at = dice.choice(changed)
        new = list(pieces)
        match dice.randrange(7):
            case 0:
                del new[at : at + 2]
            case 1:
                new[at:at] = [new[at], " "]
            case 2:
                other = dice.choice(changed)
                new[at], new[other] = new[other], new[at]
            case 3:
                new[at] = dice.choice(others)
            case 4:
                letter = dice.randrange(len(new[at]))
                new[at] = new[at][:letter] + dice.choice("aeiou_.") + new[at][letter + 1 :]
            case 5:
                letter = dice.randrange(len(new[at]))
                new[at] = new[at][:letter] + new[at][letter + 1 :]
            case 6:
                del new[at]
        if (mutant := "".join(new)) != text:
            yield mutant
