"""A page as Markdown (CommonMark)."""

import re
from collections.abc import Iterable, Iterator

from flowrules.prose.page import (
    Branch,
    EventText,
    Named,
    Page,
    PromiseText,
    RailText,
    RuleText,
    StepKind,
    Told,
)
from flowrules.prose.values import capital, count

TITLE = "What these rules do"
_MARKS = re.compile(r"[\\`*<>\[\]&]|(?<![^\W_])_|_(?![^\W_])")
"""What would be mark-up. An underscore within a word is none."""


def markdown(page: Page, made: str = "") -> str:
    """The page as text. `made`: a line that says when it was made, if that is wanted."""
    return "\n".join(_lines(page, made)) + "\n"


def _lines(page: Page, made: str) -> Iterator[str]:
    yield f"# {TITLE}"
    yield ""
    yield f"- Revision of the rules: {page.revision}"
    yield f"- Digest of this page: {page.digest} (rules that say the same have the same digest)"
    yield f"- {count(len(page.files), 'file')}: {escaped(', '.join(page.files))}"
    if made:
        yield f"- {escaped(made)}"
    yield from _section("How to read this page", _bullets(page.reading))
    yield from _section("What happens when", _events(page))
    yield from _section("Steps with a name", _named(page.steps))
    yield from _section("Guard rails", _rails(page.rails))
    yield from _section("What is promised", _promises(page.promises))
    yield from _section("Who is called", _one_line_each(page.called))
    yield from _section("Destinations", _one_line_each(page.destinations))
    yield from _section("Hours", _named(page.hours))
    yield from _section("Lists", _one_line_each(page.lists))
    yield from _section("Facts", _one_line_each(page.facts))
    yield from _section("Settings", _bullets(page.settings))


def escaped(text: str) -> str:
    return _MARKS.sub(r"\\\g<0>", text)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    content = list(lines)
    if content:
        yield from ("", f"## {title}", "", *content)


def _bullets(sentences: Iterable[str]) -> Iterator[str]:
    yield from (f"- {escaped(sentence)}" for sentence in sentences)


def _one_line_each(some: Iterable[Named]) -> Iterator[str]:
    for one in some:
        yield f"- **{escaped(one.name)}**: {escaped(' '.join(one.lines))}"


def _named(some: Iterable[Named]) -> Iterator[str]:
    for number, one in enumerate(some):
        yield from ("",) * bool(number)
        yield f"### {escaped(one.name)}"
        yield ""
        if one.steps:
            yield from (escaped(" ".join(one.lines)), "")
            yield from step_lines(one.steps)
        else:
            yield from _bullets(one.lines)


def _rails(some: Iterable[RailText]) -> Iterator[str]:
    for number, rail in enumerate(some):
        yield from ("",) * bool(number)
        tail = ":" if rail.steps else "."
        name = f" {escaped(rail.name)}" if rail.name else ""
        yield f"**{rail.number}.{name}** {escaped(rail.text)}{tail}"
        if rail.steps:
            yield ""
            yield from step_lines(rail.steps)


def _promises(some: Iterable[PromiseText]) -> Iterator[str]:
    for promise in some:
        yield f"- **{promise.number}. {escaped(promise.name)}**: {escaped(promise.text)}"


def _events(page: Page) -> Iterator[str]:
    rules = {rule.number: rule for rule in page.rules}
    where: dict[str, str] = {}
    for number, event in enumerate(page.events):
        yield from ("",) * bool(number)
        yield f"### {escaped(event.event)}"
        for one in event.rules:
            yield ""
            if one in event.known:
                yield f"**{title(rules[one])}**: told above, under *{escaped(where[one])}*."
            else:
                where[one] = event.event
                yield from _rule(rules[one], event)


def title(rule: RuleText) -> str:
    name = f" {escaped(rule.name)}" if rule.name else ""
    return f"{rule.number}.{name}" if name else f"Rule {rule.number}"


def _rule(rule: RuleText, event: EventText) -> Iterator[str]:
    yield f"**{title(rule)}**"
    yield ""
    yield from rule_lines(rule, event.event)


def rule_lines(rule: RuleText, known: str = "") -> Iterator[str]:
    """What a rule does; its event is told unless it is the one that is `known`."""
    sentences = [f"{rule.event}."] if rule.event != known else []
    sentences += [*rule.limits, *rule.notes]
    if rule.rails:
        sentences.append(f"Guard rails over its steps: {', '.join(rule.rails)}.")
    if rule.promises:
        sentences.append(f"Promises that speak of its steps: {', '.join(rule.promises)}.")
    if sentences:
        yield from (escaped(" ".join(sentences)), "")
    if rule.condition:
        yield from (f"If {escaped(rule.condition)}:", "")
    yield from step_lines(rule.steps)
    if rule.otherwise is not None:
        yield from ("", f"{escaped(capital(rule.otherwise.when))}:", "")
        yield from step_lines(rule.otherwise.steps)


def step_lines(steps: Iterable[Told], indent: str = "") -> Iterator[str]:
    """A numbered list; what follows a failure stands below its step."""
    for number, step in enumerate(steps, start=1):
        mark = f"{number}. "
        inner = indent + " " * len(mark)
        if step.kind is StepKind.CHOICE:
            yield from _case(indent + mark, inner, Branch(step.text, step.steps))
        else:
            yield f"{indent}{mark}{escaped(stopped(step.text))}"
        for branch in step.branches:
            yield from _case(f"{inner}- ", f"{inner}  ", branch)


def _case(mark: str, inner: str, branch: Branch) -> Iterator[str]:
    """A case on one line where it has one plain step, else with its steps below it."""
    when = escaped(capital(branch.when))
    if len(branch.steps) == 1 and not branch.steps[0].branches and not branch.steps[0].steps:
        yield f"{mark}{when}: {escaped(stopped(small(branch.steps[0].text)))}"
    else:
        yield f"{mark}{when}:"
        yield from step_lines(branch.steps, inner)


def stopped(sentence: str) -> str:
    """With its full stop, if no text within ends with one."""
    return sentence if sentence.endswith((".”", "!”", "?”", "।”", "…”")) else f"{sentence}."


def small(sentence: str) -> str:
    """A step's sentence within another one: all of them begin with a word of ours."""
    return sentence[:1].lower() + sentence[1:]
