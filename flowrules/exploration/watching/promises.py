"""Promises as watchers: each looks at every step of every story, and says where its promise is broken.

What each pattern asks, and when, is told in the guide (`docs/language.md`): a condition is met only where it is true;
where it is unknown it is not met.
"""

from collections.abc import Iterator
from typing import assert_never

from flowrules.call.receipt import Reason
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.planning.receipts import told
from flowrules.exploration.playing.moves import Begins, Learns
from flowrules.exploration.playing.world import World
from flowrules.exploration.watching.promise_watcher import PromiseWatcher
from flowrules.exploration.watching.promised import (
    ADVISE,
    all_words,
    bind,
    leaving,
    moment_of,
    never_sent,
    pairs,
    speaks_of,
    unknown_meant,
    verbs_that_tell,
)
from flowrules.exploration.watching.promised_answers import AnswerWatcher
from flowrules.exploration.watching.watch import Breach, Breaches, Step, Watcher
from flowrules.language.nodes import (
    Absence,
    Block,
    Existence,
    Precedence,
    Promise,
    Response,
    Universality,
)
from flowrules.language.values import Value


def promises_of(ruleset: RuleSet) -> Iterator[Watcher]:
    """A watcher for each promise of a rule set."""
    for block in ruleset.checked.promises:
        promise = block.item
        assert isinstance(promise, Promise)
        match promise.pattern:
            case Existence() as pattern:
                yield _AtTheEnd(block, promise, pattern, ruleset)
            case Absence() as pattern:
                yield _Never(block, promise, pattern, ruleset)
            case Precedence() as pattern:
                yield _Before(block, promise, pattern, ruleset)
            case Universality() as pattern:
                yield _While(block, promise, pattern, ruleset)
            case Response() as pattern:
                yield AnswerWatcher(block, promise, pattern, ruleset)
            case _:
                assert_never(promise.pattern)


class _AtTheEnd(PromiseWatcher):
    """Remembers what requests that were refused would have told: the rules have asked for it."""

    def __init__(self, block: Block, promise: Promise, pattern: Existence, ruleset: RuleSet) -> None:
        super().__init__(block, promise, (pattern.condition,), ruleset)
        self.pattern = pattern
        self.touched = True

    def begin(self, world: World) -> tuple[tuple[str, Value], ...]:
        return ()

    def watch(self, memory: object, step: Step) -> tuple[tuple[tuple[str, Value], ...], Breaches]:
        wished = dict(pairs(memory))
        for send, receipt in step.answers:
            for fact, value in told(send.request.verb, send.request.body, {}).items():
                if fact in self.reads:
                    wished.pop(fact, None)
                    if not receipt.went_well and receipt.reason is not Reason.FORBIDDEN:
                        wished[fact] = value
        return tuple(sorted(wished.items(), key=repr)), ()

    def end(self, memory: object, step: Step) -> Breaches:
        (condition,) = self.asked
        moment = moment_of(step.after)
        facts = {**step.after.machine.state.facts, **dict(pairs(memory))}
        if condition.test(facts, moment) is True:
            return ()
        how = f"at the end {self.known(facts, moment, condition)}."
        return (self.broken(how, *verbs_that_tell(self.pattern.condition)),)


class _Never(PromiseWatcher):
    def __init__(self, block: Block, promise: Promise, pattern: Absence, ruleset: RuleSet) -> None:
        super().__init__(block, promise, (guard.condition for guard in pattern.guards), ruleset)
        self.pattern = pattern
        self.words = all_words(pattern.verbs)
        self.left = False
        self.met = self.touched = not pattern.guards  # That the verb is never sent is what it promises.

    @property
    def wants_steps(self) -> bool:
        return ADVISE in self.words

    def watch(self, memory: object, step: Step) -> tuple[None, Breaches]:
        moment = moment_of(step.after)
        if not self.met:
            self.met = speaks_of(self.pattern.guards, self.asked, step.after.machine.state.facts, moment)
        breaches: list[Breach] = []
        for word, facts in leaving(self.words, step):
            self.left = True
            self.met = self.met or speaks_of(self.pattern.guards, self.asked, facts, moment)
            if bind(self.pattern.guards, self.asked, facts, moment):
                known = self.known(facts, moment, *self.asked)
                while_so = f" while {known}" if known else ""
                breach = self.broken(f'"{word}" is done{while_so}.', f"expect not {word}")
                breaches.append(breach._replace(hint=self.over_by_then(facts)))
        self.touched = self.touched or (self.left and self.met)
        return None, tuple(breaches)

    def cure(self) -> str:
        if not self.left:
            return never_sent(self.pattern.verbs)
        condition = "Its condition is met in no story: look whether its facts and values are those that the rules use."
        return unknown_meant(self.pattern.guards) or condition


class _Before(PromiseWatcher):
    def __init__(self, block: Block, promise: Promise, pattern: Precedence, ruleset: RuleSet) -> None:
        super().__init__(block, promise, (pattern.condition,), ruleset)
        self.pattern = pattern
        self.words = all_words(pattern.verbs)

    @property
    def wants_steps(self) -> bool:
        return ADVISE in self.words

    def watch(self, memory: object, step: Step) -> tuple[None, Breaches]:
        (condition,) = self.asked
        moment = moment_of(step.after)
        breaches: list[Breach] = []
        for word, facts in leaving(self.words, step):
            self.touched = True
            if condition.test(facts, moment) is not True:
                how = f'"{word}" is done while {self.known(facts, moment, condition)}.'
                breach = self.broken(how, f"expect not {word}")
                breaches.append(breach._replace(hint=self.over_by_then(facts)))
        return None, tuple(breaches)

    def cure(self) -> str:
        return never_sent(self.pattern.verbs)


class _While(PromiseWatcher):
    """Remembers whether an event has been decided; whether the first condition has come true without one, for no rule
    could answer to that; and whether the plan under way deals with the refusal of what would have kept the promise."""

    def __init__(self, block: Block, promise: Promise, pattern: Universality, ruleset: RuleSet) -> None:
        super().__init__(block, promise, (pattern.during, pattern.condition), ruleset)
        self.pattern = pattern

    def begin(self, world: World) -> tuple[bool, bool, bool]:
        return False, False, False

    def watch(self, memory: object, step: Step) -> tuple[tuple[bool, bool, bool], Breaches]:
        assert isinstance(memory, tuple)
        begun, excused, refused = memory
        if refused and any(send.request.ends and not receipt.went_well for send, receipt in step.answers):
            excused = True  # Neither what was asked for nor an ending was to be had.
        refused = (refused or self._is_refused(step)) and step.after.machine.busy
        during, condition = self.asked
        world, moment = step.after, moment_of(step.after)
        facts = world.machine.state.facts
        begun = begun or bool(step.decided)
        if during.test(facts, moment) is not True:
            return (begun, False, refused), ()
        self.touched = True
        holds = condition.test(facts, moment) is True
        if isinstance(step.move, Learns | Begins):
            was = step.before.machine.state.facts
            came = during.test(was, moment_of(step.before)) is not True
            excused = excused or (came and isinstance(step.move, Learns))
        excused = excused and not holds
        machine = world.machine
        looked_at = begun and not (excused or refused or world.pending or machine.over or machine.closed)
        if holds or not looked_at:
            return (begun, excused, refused), ()
        how = f"{self.known(facts, moment, during)}, and {self.known(facts, moment, condition)}."
        return (begun, excused, refused), (self.broken(how, *verbs_that_tell(self.pattern.condition)),)

    def _is_refused(self, step: Step) -> bool:
        """Whether a request that would have told what the promise asks for was refused."""
        return any(
            not receipt.went_well
            and not self.reads.isdisjoint(told(send.request.verb, send.request.body, {}))
            for send, receipt in step.answers
        )
