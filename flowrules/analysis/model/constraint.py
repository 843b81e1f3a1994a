"""What a conjunction asks of one fact, as sets and intervals, exact where the language allows.

A fact may hold several values at once; a question is answered yes where any of them fits. So two sets that a
fact must hit need not share a value, unless the fact is known to hold one only (`single`). Numbers that are
compared by size are taken as one. Where something can't be decided, nothing is claimed: `is_empty` and
`implies` answer True only for certain.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

from flowrules.analysis.model.intervals import Intervals, complement, is_within, meet, whole
from flowrules.language.names import fold
from flowrules.language.nodes import Kind, Literal, Op
from flowrules.language.operators import AFFIXES, BY_OP, Family

Element = tuple[str, str | float | bool]
"""A value with its kind: `text` (folded), `number`, `yesno`, `time` (minutes), `date` (ordinal)."""
Elements = frozenset[Element]

WHOLE = frozenset({"time", "date"})
"""Kinds whose values are whole numbers."""

YES: Element = ("yesno", True)
NO: Element = ("yesno", False)


@dataclass(frozen=True, slots=True)
class Opaque:
    """A question about a text: any of these phrases in it, so many digits, a beginning or an end."""

    op: Op
    words: frozenset[str]
    yes: bool

    @property
    def family(self) -> Family:
        return BY_OP[self.op].family

    @property
    def question(self) -> tuple[Family, Op | None, frozenset[str]]:
        """What is asked, alike for all comparisons that look for phrases."""
        return self.family, None if self.family is Family.PHRASE else self.op, self.words

    def implies(self, other: "Opaque") -> bool:
        """A text that holds one of a few phrases holds one of more; one that ends with more ends with less."""
        if self.yes != other.yes:
            return False
        if self.family is Family.PHRASE and other.family is Family.PHRASE:
            return self.words <= other.words if self.yes else self.words >= other.words
        if self.family is Family.AFFIX and self.op is other.op:
            longer, shorter = (self, other) if self.yes else (other, self)
            has = AFFIXES[self.op]
            return all(any(has(one, part) for part in shorter.words) for one in longer.words)
        return self.question == other.question

    def holds_of(self, text: str) -> bool:
        """The answer of a question about how a folded text begins or ends."""
        return any(AFFIXES[self.op](text, affix) for affix in self.words) is self.yes


@dataclass(frozen=True, slots=True)
class Constraint:
    """All of these hold. `hit`: sets, each of which the fact's values must meet. `miss`: values of which it must
    have none, known otherwise. `within`: where its number lies, of the kind `measure`. `known` False: nobody
    supplied it. `carried`: an event must carry it, and not as no."""

    hit: tuple[Elements, ...] = ()
    miss: Elements = frozenset()
    within: Intervals | None = None
    measure: str = ""
    opaque: frozenset[Opaque] = frozenset()
    known: bool | None = None
    carried: bool = False
    vague: bool = False
    """Something in it can't be weighed: it is only ever equal to itself."""

    @property
    def is_known(self) -> bool:
        """Every question but `is unknown` is answered yes only where the fact is known."""
        return self.known is not False


def meet_constraints(one: Constraint, other: Constraint) -> Constraint:
    """Both hold."""
    within, measure, vague = one.within, one.measure, one.vague or other.vague
    if other.within is not None:
        if within is None:
            within, measure = other.within, other.measure
        elif measure == other.measure:
            within = meet(within, other.within)
        else:
            vague = True
    known = one.known if other.known is None else other.known
    if {one.known, other.known} == {True, False} or _contradict(one, other) or _contradict(other, one):
        return NEVER
    return Constraint(
        hit=one.hit + tuple(elements for elements in other.hit if elements not in one.hit),
        miss=one.miss | other.miss,
        within=within,
        measure=measure,
        opaque=one.opaque | other.opaque,
        known=known,
        carried=one.carried or other.carried,
        vague=vague,
    )


NEVER = Constraint(within=())
"""A constraint that nothing meets."""


def _contradict(one: Constraint, other: Constraint) -> bool:
    """One asks for an unknown fact, the other something of it."""
    return one.known is False and bool(
        other.hit or other.miss or other.within is not None or other.opaque or other.carried
    )


def is_empty(asked: Constraint, single: bool, universe: Elements | None = None) -> bool:
    """Whether nothing can meet it. `universe` are all values that the fact can have, where they are few."""
    if asked.within == ():
        return True
    if asked.vague:
        return False
    if len(asked.opaque) > 1 and _is_yes_and_no(asked.opaque):
        return True
    affixes = [question for question in asked.opaque if question.family is Family.AFFIX] if single else []
    if affixes and _part_ways(affixes):
        return True
    loose_miss = {loose(element) for element in asked.miss}
    allowed: set[Element] | None = {loose(e) for e in universe} if universe is not None else None
    for elements in asked.hit:
        left = {loose(element) for element in elements if _can_have(element, affixes)} - loose_miss
        if asked.within is not None:
            left = {element for element in left if _lies_within(element, asked)}
        if not left:
            return True
        allowed = left if allowed is None else allowed & left
    one_value = single or universe is not None or asked.within is not None or _all_yesno(asked.hit)
    return allowed is not None and one_value and not allowed - loose_miss


def _is_yes_and_no(opaque: Iterable[Opaque]) -> bool:
    """Whether one question of these must be both, or follows from one that must not."""
    denied = [replace(question, yes=True) for question in opaque if not question.yes]
    return any(question.implies(other) for question in opaque if question.yes for other in denied)


def _part_ways(affixes: Iterable[Opaque]) -> bool:
    """Whether one text would have to begin, or to end, in two ways."""
    wanted = [question for question in affixes if question.yes]
    return any(
        one.op is other.op and not one.implies(other) and not other.implies(one)
        for one, other in combinations(wanted, 2)
        if len(one.words) == len(other.words) == 1
    )


def _can_have(element: Element, affixes: Iterable[Opaque]) -> bool:
    """Whether the one value of a fact can begin and end so; of what is no text nothing is claimed."""
    kind, text = element
    return kind != "text" or not isinstance(text, str) or all(asked.holds_of(text) for asked in affixes)


def _lies_within(element: Element, asked: Constraint) -> bool:
    """Whether a value can lie in the interval; a value of another kind is not ruled out by it here."""
    kind, value = element
    if kind != asked.measure or asked.within is None or isinstance(value, str):
        return True
    return any(value in part for part in asked.within)


def _all_yesno(hit: Iterable[Elements]) -> bool:
    return all(kind == "yesno" for elements in hit for kind, _ in elements)


def implies(one: Constraint, other: Constraint, single: bool, universe: Elements | None = None) -> bool:
    """Whether whatever meets `one` meets `other`."""
    if other.vague:
        return False
    if one == other or is_empty(one, single, universe):
        return True
    if other.known is False:
        return one.known is False
    if one.known is False:
        return False
    values = _values(one, single, universe)
    return (
        all(_hits(one, elements, values) for elements in other.hit)
        and all(_misses(one, element, values) for element in other.miss)
        and (other.within is None or _is_inside(one, other, values))
        and all(any(mine.implies(theirs) for mine in one.opaque) for theirs in other.opaque)
        and (not other.carried or _is_carried(one))
    )


def _values(one: Constraint, single: bool, universe: Elements | None) -> Elements | None:
    """The few values that a fact with one value can have; None where they are not few."""
    if not (single or universe is not None or (one.hit and _all_yesno(one.hit))):
        return None
    allowed = universe
    for elements in one.hit:
        allowed = elements if allowed is None else allowed & elements
    if allowed is None:
        return None
    left = allowed - one.miss
    if one.within is not None:
        left = frozenset(element for element in left if _lies_within(element, one))
    return left


def _hits(one: Constraint, elements: Elements, values: Elements | None) -> bool:
    if values is not None and _all_among(values, elements):
        return True
    return any(_all_among(mine, elements) for mine in one.hit) or (
        one.within is not None
        and all(part.low == part.high and (one.measure, part.low) in elements for part in one.within)
    )


def _all_among(some: Elements, elements: Elements) -> bool:
    """A text that counts as a number (or as yes or no) equals it, too."""
    return some <= elements or all(one in elements or loose(one) in elements for one in some)


def _misses(one: Constraint, element: Element, values: Elements | None) -> bool:
    if element in one.miss:
        return True
    kind, value = element
    if values is not None:
        weighed = [loose(mine) for mine in values]
        return loose(element) not in weighed and all(mine[0] == kind for mine in weighed)
    return (
        one.within is not None
        and one.measure == kind
        and not isinstance(value, str)
        and not any(value in part for part in one.within)
    )


def _is_inside(one: Constraint, other: Constraint, values: Elements | None) -> bool:
    assert other.within is not None
    if one.within is not None:
        return one.measure == other.measure and is_within(one.within, other.within)
    sets = one.hit if values is None else (values,)
    return any(
        all(kind == other.measure and _lies_within((kind, value), other) for kind, value in elements)
        for elements in sets
    )


def _is_carried(one: Constraint) -> bool:
    """Whether a key with these values is there, and not as no."""
    nay = {NO, ("text", "no"), ("text", "false")}
    return (
        one.carried
        or any(nay.isdisjoint(elements) for elements in one.hit)
        or one.within is not None
        or any(
            question.yes
            and question.family is Family.PHRASE
            and question.words.isdisjoint({" no ", " false "})
            for question in one.opaque
        )
    )


def without(one: Constraint, other: Constraint, always_known: bool) -> Constraint | None:
    """What of `one` is outside of `other`; None where that can't be said in the same terms."""
    if other.vague or other.opaque or other.known is not None or other.carried or one.vague:
        return None
    if len(other.hit) == 1 and not other.miss and other.within is None:
        (elements,) = other.hit
        if not one.hit and not always_known:
            return None
        return replace(one, hit=tuple(mine - elements for mine in one.hit), miss=one.miss | elements)
    if not other.hit and not other.miss and other.within is not None:
        if one.within is None and always_known:
            return replace(one, within=tidy(complement(other.within), other.measure), measure=other.measure)
        if one.within is not None and one.measure == other.measure:
            rest = meet(one.within, complement(other.within))
            return replace(one, within=tidy(rest, one.measure))
    return None


def tidy(parts: Intervals, measure: str) -> Intervals:
    """Between two minutes, or two days, there is nothing."""
    return whole(parts) if measure in WHOLE else parts


def element_of(literal: Literal) -> Element:
    """A literal as an element; a duration counts in seconds, as a number."""
    value = literal.value
    if literal.kind is Kind.TIME and isinstance(value, int):
        return "time", value
    if isinstance(value, bool):
        return "yesno", value
    if isinstance(value, str):
        return "text", fold(value)
    if isinstance(value, date):
        return "date", value.toordinal()
    return "number", float(value)


def loose(element: Element) -> Element:
    """What a text counts as where a number, yes or no, a time or a date is compared."""
    kind, value = element
    if kind != "text" or not isinstance(value, str):
        return element
    if value in ("yes", "true"):
        return YES
    if value in ("no", "false"):
        return NO
    return _as_number(value) or element


def _as_number(text: str) -> Element | None:
    digits = text.strip().removeprefix("-")
    whole, _, rest = digits.partition(".")
    if not whole.isdecimal() or not (rest.isdecimal() or digits == whole) or len(digits) > 40:
        return None
    if len(whole) > 1 and int(whole[0]) == 0:
        return None  # digits behind a leading zero are text (a PIN)
    return ("number", float(text))
