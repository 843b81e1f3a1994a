"""Values, names and texts as they stand in a sentence."""

from collections.abc import Sequence
from datetime import date

from flowrules.analysis.model.verb_fields import as_written
from flowrules.language.names import fold
from flowrules.language.nodes import CallZone, Kind, Literal, Opening, Zone
from flowrules.language.printer.words import duration as print_duration
from flowrules.language.template import QuotedFact, split_template

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def quoted(text: str) -> str:
    """Curly quotes, which no text of a rule file can hold."""
    return f"“{text}”"


def label(node: Literal) -> str:
    """What is sent as it is written: a queue, a status, keys."""
    return quoted(as_written(node))


def compared(node: Literal) -> str:
    """A value that something is held against: texts are folded, for capitals make no difference."""
    if node.kind in (Kind.WORD, Kind.TEXT):
        return quoted(fold(str(node.value)))
    return _plain(node)


def sent(node: Literal) -> str:
    """A value that is sent or remembered; facts in a text stand in braces."""
    if node.kind is Kind.WORD:
        return quoted(str(node.value))
    if node.kind is Kind.TEXT:
        return text(node)
    return _plain(node)


def text(node: Literal) -> str:
    """A text that may quote facts, each in braces with the words that stand for it where it is unknown."""
    parts = split_template(str(node.value))
    return quoted("".join(_fact(part) if isinstance(part, QuotedFact) else _braced(part) for part in parts))


def _fact(part: QuotedFact) -> str:
    instead = f", or {quoted(part.words)} if it is not known" if part.words else ""
    return f"{{{part.fact.key}{instead}}}"


def _braced(plain: str) -> str:
    return plain.replace("{", "{{").replace("}", "}}")


def _plain(node: Literal) -> str:
    match node.value:
        case bool(yes):
            return "yes" if yes else "no"
        case date() as day:
            return day_of(day)
        case int(seconds) if node.kind is Kind.DURATION:
            return print_duration(seconds)
        case int(minutes) if node.kind is Kind.TIME:
            return clock(minutes)
        case float(number) if number.is_integer():
            return str(int(number))
        case str() | int() | float():
            return str(node.value)


def duration(node: Literal) -> str:
    """`90 seconds` and `1 minute 30 seconds` are the same."""
    return _plain(node)


def seconds(number: int) -> str:
    return print_duration(number)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def day_of(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def opening(node: Opening) -> str:
    return f"{_plain(node.start)} to {_plain(node.end)}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def ordinal(number: int) -> str:
    tens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if tens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def capital(sentence: str) -> str:
    """The first letter large; a sentence that begins with a value is left as it is."""
    return sentence[:1].upper() + sentence[1:]


def by_clock(zone: Zone | None) -> str:
    """Whose clock a time of day is read from, behind that time; empty for the rule set's."""
    match zone:
        case None:
            return ""
        case CallZone(fact=fact, otherwise=otherwise):
            instead = "never" if otherwise is None else f"in {as_written(otherwise)}"
            return f" in the time zone that {fact.key} names ({instead} where it names none)"
        case Literal():
            return f" in {as_written(zone)}"
