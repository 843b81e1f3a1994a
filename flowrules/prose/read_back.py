"""A rule set → its page."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, replace
from json import dumps

from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.dispositions import disposition_choices
from flowrules.compiler.ruleset import RuleSet
from flowrules.language.nodes import AfterCall, AfterFact, AtTime, Block, On, Rank, Rule, Step
from flowrules.prose import declarations as told_declarations
from flowrules.prose.called import Caller, called
from flowrules.prose.conditions import guards, otherwise
from flowrules.prose.defaults import default_disposition
from flowrules.prose.events import Numbered, events
from flowrules.prose.hours import hours
from flowrules.prose.page import Branch, Page, RuleText, Told
from flowrules.prose.promises import Numbered as NumberedPromise
from flowrules.prose.promises import promises, spoken_of
from flowrules.prose.rails import Rail, met, rails
from flowrules.prose.reached import reached, records_default, words_of
from flowrules.prose.reading import reading
from flowrules.prose.steps import Teller
from flowrules.prose.triggers import limit, trigger

DIGEST_LENGTH = 12
_RANKS = {Rank.URGENT: "U", Rank.ALSO: "A", Rank.PLAIN: ""}
_TIMED = "T"


def read_back(ruleset: RuleSet) -> Page:
    """Everything that a rule set says. Equal rules give an equal page, apart from the revision and the files."""
    checked = ruleset.checked
    numbered = numbered_rules(checked.rules)
    numbered_rails = rails(checked)
    numbered_promises = promises(checked)
    rules = tuple(
        rule_text(number, block, checked, numbered_rails, numbered_promises) for number, block in numbered
    )
    callers = [Caller(number, tuple(reached(_item(block), checked))) for number, block in numbered]
    callers += [Caller(rail.text.number, rail.reached) for rail in numbered_rails]
    steps = tuple(told_declarations.named_steps(checked, callers))
    rail_texts = tuple(rail.text for rail in numbered_rails)
    sequences = [
        *(told for rule in rules for told in (rule.steps, rule.otherwise.steps if rule.otherwise else ())),
        *(named.steps for named in steps),
        *(rail.steps for rail in rail_texts),
    ]
    page = Page(
        revision="",
        files=(),
        digest="",
        reading=tuple(
            reading(rules, rail_texts, numbered_promises, [one for told in sequences for one in _all(told)])
        ),
        events=tuple(events([Numbered(number, _item(block)) for number, block in numbered], ruleset.scope)),
        rules=rules,
        steps=steps,
        rails=rail_texts,
        promises=tuple(promise.text for promise in numbered_promises),
        called=tuple(called(callers, checked)),
        destinations=tuple(told_declarations.destinations(checked)),
        hours=tuple(hours(ruleset.calendars[key], key) for key in sorted(ruleset.calendars)),
        lists=tuple(told_declarations.lists(checked)),
        facts=tuple(told_declarations.facts(checked)),
        settings=tuple(told_declarations.settings(checked)),
    )
    files = tuple(sorted(file.source.path for file in checked.files))
    return replace(page, revision=ruleset.revision, files=files, digest=_digest(page))


def of_files(page: Page, ruleset: RuleSet, paths: Collection[str]) -> Page:
    """The page of a rule set with the rules of these files alone; what holds in every call stays on it, and each rule
    keeps its number. Its digest is that of what is left."""
    kept = {number for number, block in numbered_rules(ruleset.checked.rules) if block.source.path in paths}
    events = tuple(
        replace(event, rules=numbers, known=tuple(one for one in event.known if one in kept))
        for event in page.events
        if (numbers := tuple(one for one in event.rules if one in kept))
    )
    rules = tuple(rule for rule in page.rules if rule.number in kept)
    part = replace(page, revision="", files=(), digest="", events=events, rules=rules)
    files = tuple(path for path in page.files if path in paths)
    return replace(part, revision=page.revision, files=files, digest=_digest(part))


def _digest(page: Page) -> str:
    return hashlib.sha256(dumps(asdict(page), ensure_ascii=False).encode()).hexdigest()[:DIGEST_LENGTH]


def numbered_rules(blocks: Iterable[Block]) -> list[tuple[str, Block]]:
    """Rules with their numbers on the page, in the order in which they are asked: urgent ones, those that run in
    addition, all others; then timers."""
    series: dict[str, list[Block]] = {**{letter: [] for letter in _RANKS.values()}, _TIMED: []}
    for block in blocks:
        rule = _item(block)
        timed = isinstance(rule.trigger, AfterCall | AfterFact | AtTime)
        letter = _TIMED if timed and rule.rank is Rank.PLAIN else _RANKS[rule.rank]
        series[letter].append(block)
    return [
        (f"{letter}{number}", block)
        for letter, some in series.items()
        for number, block in enumerate(some, start=1)
    ]


def _item(block: Block) -> Rule:
    assert isinstance(block.item, Rule)
    return block.item


def rule_text(
    number: str,
    block: Block,
    checked: CheckedRules,
    numbered: Iterable[Rail] = (),
    promised: Iterable[NumberedPromise] = (),
) -> RuleText:
    """One rule of the checked ones, and which of these rails and promises concern it."""
    rule, path = _item(block), block.source.path
    default = default_disposition(disposition_choices(rule, checked.dispositions.get(path, ())))
    teller = Teller(checked, default, path in checked.as_written)
    steps = tuple(reached(rule, checked))
    rest = None
    if rule.otherwise is not None:
        rest = Branch(otherwise(*rule.guards), teller.steps(rule.otherwise))
    return RuleText(
        number,
        str(rule.label.value) if rule.label is not None else "",
        trigger(rule.trigger),
        isinstance(rule.trigger, On) and rule.trigger.times is not None,
        isinstance(rule.trigger, On) and any(test.name.key == "hearing" for test in rule.trigger.tests),
        guards(rule.guards),
        tuple(map(limit, rule.limits)),
        teller.steps(rule.steps),
        rest,
        tuple(_notes(steps, default, path in checked.as_written)),
        met(numbered, words_of(steps)),
        spoken_of(promised, words_of(steps)),
    )


def _notes(steps: tuple[Step, ...], default: str, as_written: bool) -> Iterator[str]:
    if records_default(steps):
        yield f"Where a step records a disposition without naming it, it is {default}."
    if as_written:
        yield "In this rule, and in the named steps that it carries out, every step is sent where it is written."


def _all(steps: Iterable[Told]) -> Iterator[Told]:
    for one in steps:
        yield one
        yield from _all(one.steps)
        for branch in one.branches:
            yield from _all(branch.steps)
