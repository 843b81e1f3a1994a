"""AST → canonical text: one spelling for each thing that can be said, which `flowrules fmt` writes.

- Words of the grammar in small letters, two spaces of indentation, one space between words.
- An equality in an event is `intent=sales`, everywhere else `balance is 500`; every other comparison is
  written in words (`is at least`), never as a symbol.
- A rule stays a one-liner or a block, as it was written. A one-liner of more than 110 characters is carried on
  over lines that begin with `when`, `then`, `otherwise`. In a block each guard, limit and step has a line of its
  own and each `if it fails` a line below its step.
- Brackets stand where `and` and `or` mix, and around a failure branch of several steps, or of one that the line
  goes on behind.
- Text stands in straight quotes, a quote in it doubled. Names, numbers and units stay as they were written.
- Words that may be left out are written: `recording_pause because "card number"`.
"""

from collections.abc import Iterator

from flowrules.language.nodes import Before, Item, Never, Promise, Rule, Test
from flowrules.language.printer.conditions import condition as print_condition
from flowrules.language.printer.conditions import event_test as print_event_test
from flowrules.language.printer.conditions import trigger as print_trigger
from flowrules.language.printer.declarations import declaration_lines
from flowrules.language.printer.layout import Line
from flowrules.language.printer.promises import promise_lines
from flowrules.language.printer.promises import promised as print_promised
from flowrules.language.printer.rules import before_lines, never_lines, rule_lines
from flowrules.language.printer.steps import step as print_step
from flowrules.language.printer.tests import test_lines
from flowrules.language.printer.words import literal as print_literal

__all__ = [
    "Line", "item_lines", "print_condition", "print_event_test", "print_item", "print_literal", "print_promised",
    "print_step", "print_trigger",
]  # fmt: skip


def print_item(item: Item) -> str:
    """A rule, declaration, rail, promise or test in canonical text, without a line end. Parsing it gives the item
    again."""
    return "\n".join(map(str, item_lines(item)))


def item_lines(item: Item) -> Iterator[Line]:
    match item:
        case Rule():
            return rule_lines(item)
        case Never():
            return never_lines(item)
        case Before():
            return before_lines(item)
        case Promise():
            return promise_lines(item)
        case Test():
            return test_lines(item)
        case _:
            return declaration_lines(item)
