"""The usual shapes of a guard, each one function: its code is made once, of a line for each comparison in it, and
shared by all guards of that shape.

A rule keeps only what its guard is held against. That makes a guard a single call, and a rule light: a closure of
its own would weigh more than the rest of it.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from flowrules.compiler.times.moment import Moment
from flowrules.language.values import Value

Facts = Mapping[str, Value]
Operands = tuple[Any, ...]
"""What a shape is given besides facts and moment: keys, bounds, other tests."""
Shape = Callable[[Operands, Facts, Moment], bool | None]
"""Answers True, False, or None for unknown. Of a rule set's guards there are few."""

MOST = 3
"""So many comparisons are joined into one function; more would make too many shapes."""


class Test(NamedTuple):
    """A question to what is known. The reader with no time to lose calls `shape(operands, facts, moment)`."""

    shape: Shape
    operands: Operands

    def __call__(self, facts: Facts, moment: Moment) -> bool | None:
        return self.shape(self.operands, facts, moment)


class Template(NamedTuple):
    """A comparison that a shape can have lines for: `met` is an expression that is true of `value` and `bound` where
    they plainly agree, `answer` one that is right for all values. `names` are what they use besides; `negated` where
    the no of it is asked."""

    met: str
    answer: str
    names: tuple[tuple[str, object], ...]
    negated: bool = False


def from_template(key: str, comparison: Template, bound: object) -> Test:
    """A fact held against a bound."""
    return Test(_shape((comparison,)), (key, bound))


def not_(test: Test) -> Test:
    """Kleene's `not`."""
    lines = _LINES.get(test.shape, ())
    if len(lines) == 1:
        return Test(_shape((lines[0]._replace(negated=not lines[0].negated),)), test.operands)
    return Test(_no, tuple(test))


def all_of(tests: list[Test]) -> Test:
    """Kleene's `and`."""
    lines = [_LINES.get(test.shape, ()) for test in tests]
    if all(lines) and sum(map(len, lines)) <= MOST:
        joined = tuple(line for of_test in lines for line in of_test)
        return Test(_shape(joined), tuple(operand for test in tests for operand in test.operands))
    return Test(_every, tuple(map(tuple, tests)))


def any_of(tests: list[Test]) -> Test:
    """Kleene's `or`."""
    return Test(_some, tuple(map(tuple, tests)))


def _no(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    shape, inner = operands
    answer: bool | None = shape(inner, facts, moment)
    return None if answer is None else not answer


def _every(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    sure: bool | None = True
    for shape, inner in operands:
        answer = shape(inner, facts, moment)
        if answer is False:
            return False
        if answer is None:
            sure = None
    return sure


def _some(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    sure: bool | None = False
    for shape, inner in operands:
        answer = shape(inner, facts, moment)
        if answer:
            return True
        if answer is None:
            sure = None
    return sure


# --- one function a shape -----------------------------------------------------------------------------------

_LINES: dict[Shape, tuple[Template, ...]] = {}
"""What the functions below were made of."""

_SHAPE = """\
def shape(operands, facts, moment):
    {operands} = operands
    sure = True
{parts}
    return sure
"""
_PART = """
    value = facts.get(key)
    if not ({met}):
        answer = {answer}
        if answer is False:
            return False
        if answer is None:
            sure = None
"""
_NEGATED = """
    value = facts.get(key)
    answer = {answer}
    if answer is True:
        return False
    if answer is None:
        sure = None
"""


@cache
def _shape(lines: tuple[Template, ...]) -> Shape:
    """The `and` of some comparisons, which takes key and bound of each in turn as its operands."""
    names: dict[str, Any] = {name: thing for line in lines for name, thing in line.names}
    operands = ", ".join(f"key{n}, bound{n}" for n in range(len(lines)))
    parts = []
    for n, line in enumerate(lines):
        part = (_NEGATED if line.negated else _PART).format(met=line.met, answer=line.answer)
        parts.append(part.replace("bound", f"bound{n}").replace("key", f"key{n}"))
    source = _SHAPE.format(operands=operands, parts="".join(parts))
    exec(compile(source, "<guard shape>", "exec"), names)  # noqa: S102  # nothing in it comes from a rule
    shape: Shape = names["shape"]
    _LINES[shape] = lines
    return shape
