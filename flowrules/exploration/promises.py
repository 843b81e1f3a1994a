"""Promises as watchers: each looks at every step of every story, and says where its promise is broken.

What each pattern asks, and when, is told in the guide (`docs/language.md`): a condition is met only where it is true;
where it is unknown it is not met.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

from flowrules.call.effects import Ran, Send
from flowrules.call.receipt import Reason, Receipt
from flowrules.compiler.conditions import CompiledCondition, compile_condition, facts_asked
from flowrules.compiler.moment import COMPUTED, Moment
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.triggers import trigger_test
from flowrules.diagnostics.codes.promises import BROKEN_PROMISE, EMPTY_PROMISE
from flowrules.engine.hear import admitted
from flowrules.engine.plan import AdviseStep
from flowrules.engine.receipts import told
from flowrules.engine.utterance import set_off_before
from flowrules.exploration.coverage import ENOUGH, Coverage
from flowrules.exploration.hazards.hazard import word_of
from flowrules.exploration.moves import Begins, Closes, Learns
from flowrules.exploration.promised import (
    ADVISE,
    Facts,
    acted,
    all_words,
    bind,
    keys,
    leaving,
    moment_of,
    never_sent,
    pairs,
    speaks_of,
    unknown_meant,
    verbs_that_tell,
    words_of,
)
from flowrules.exploration.told import each, written
from flowrules.exploration.watch import Breach, Breaches, Quiet, Step, Watcher
from flowrules.exploration.world import World
from flowrules.language.nodes import (
    Absence,
    Block,
    Condition,
    Existence,
    Precedence,
    Promise,
    Response,
    Universality,
)
from flowrules.language.printer import print_literal
from flowrules.language.values import Value
from flowrules.verbs import BEST_EFFORT


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
                yield _After(block, promise, pattern, ruleset)
            case _:
                assert_never(promise.pattern)


class _Watch(Quiet):
    """`touched`: some story came to what the promise speaks of."""

    codes = frozenset({BROKEN_PROMISE.id, EMPTY_PROMISE.id})

    def __init__(
        self, block: Block, promise: Promise, conditions: Iterable[Condition], ruleset: RuleSet
    ) -> None:
        self.block = block
        self.label = str(promise.label.value)
        self.ruleset = ruleset
        self.place = block.locate(promise.label.span)
        self.asked = tuple(compile_condition(one, ruleset.scope) for one in conditions)
        self.reads = frozenset(fact for one in self.asked for fact in facts_asked(one))
        self.touched = False

    def broken(self, how: str, *expects: str) -> Breach:
        message = f'The promise "{self.label}" is broken: {how}'
        return Breach(BROKEN_PROMISE, self.place, message, ("promise", self.place), expects=expects)

    def conclude(self, coverage: Coverage) -> Breaches:
        if self.touched or not coverage.complete or coverage.wanted < ENOUGH:
            return ()
        bound = f"Of all stories in which up to {coverage.wanted} things happen"
        message = f'{bound}, none comes to what the promise "{self.label}" speaks of.'
        return (Breach(EMPTY_PROMISE, self.place, message, ("empty promise", self.place), self.cure()),)

    def cure(self) -> str:
        """What is missing from the stories."""
        return "Look whether its names are those that the rules use."

    def known(self, facts: Facts, moment: Moment, *conditions: CompiledCondition) -> str:
        """How the facts stand that conditions ask for: `vip is yes, paying is unknown`."""
        names = dict.fromkeys(fact for one in conditions for fact in facts_asked(one))
        return ", ".join(f"{name} is {self._value(name, facts, moment)}" for name in names)

    def _value(self, name: str, facts: Facts, moment: Moment) -> str:
        value = COMPUTED[name](moment, self.ruleset.zone) if name in COMPUTED else facts.get(name)
        return "unknown" if value is None else " and ".join(map(written, each(value)))


class _AtTheEnd(_Watch):
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


class _Never(_Watch):
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
                breaches.append(self.broken(f'"{word}" is done{while_so}.', f"expect not {word}"))
        self.touched = self.touched or (self.left and self.met)
        return None, tuple(breaches)

    def cure(self) -> str:
        if not self.left:
            return never_sent(self.pattern.verbs)
        condition = "Its condition is met in no story: look whether its facts and values are those that the rules use."
        return unknown_meant(self.pattern.guards) or condition


class _Before(_Watch):
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
                breaches.append(self.broken(how, f"expect not {word}"))
        return None, tuple(breaches)

    def cure(self) -> str:
        return never_sent(self.pattern.verbs)


class _While(_Watch):
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


class Open(NamedTuple):
    """What has happened waits for its answer, until `due`. `tried`: answers that the platform refused. `flying`: the
    request for one is under way. `again`: it was answered before, and has happened once more. `failed`: the word of the
    last step that has failed since, and was not forbidden; '' where none has."""

    due: datetime | None
    tried: frozenset[str] = frozenset()
    flying: bool = False
    again: bool = False
    failed: str = ""


_GOES_ON = {word_of(verb) for verb in BEST_EFFORT}
"""The steps of which one that fails keeps nothing that matters to those behind it from being done."""
_ANSWERED = "answered"
"""What a promise remembers once its answer has come."""


class _After(_Watch):
    """Remembers whether an answer is still to come, and whether one has come before. What a caller says, growing and
    final, is one event."""

    def __init__(self, block: Block, promise: Promise, pattern: Response, ruleset: RuleSet) -> None:
        super().__init__(block, promise, (guard.condition for guard in pattern.guards), ruleset)
        self.pattern = pattern
        self.events = tuple(trigger_test(test, ruleset.scope) for test in pattern.events)
        self.verbs, self.answers = keys(pattern.verbs), keys(pattern.answers)
        within = None if pattern.within is None else pattern.within.value
        self.within = timedelta(seconds=within) if isinstance(within, int) else None

    @property
    def wants_steps(self) -> bool:
        return ADVISE in self.verbs | self.answers

    def due(self, memory: object) -> datetime | None:
        return memory.due if isinstance(memory, Open) and not memory.flying else None

    def watch(self, memory: object, step: Step) -> tuple[Open | str | None, Breaches]:
        waits = memory if isinstance(memory, Open) else None
        answered = memory == _ANSWERED or (waits is not None and waits.again)
        after = step.after
        if waits is not None and (due := self.due(waits)) is not None and after.now > due:
            return None, (self._unanswered(waits),)  # What leaves from now on comes too late.
        for send, receipt in step.answers:
            known, waits = waits, self._answered(waits, send, receipt)
            answered = answered or (known is not None and waits is None)
            if waits is not None and not receipt.went_well and receipt.reason is not Reason.FORBIDDEN:
                waits = waits._replace(failed=word_of(send.request.verb))
            if acted(receipt) and not self.verbs.isdisjoint(words_of(send)):
                waits = self._opened(waits, after.machine.state.facts, after, again=answered)
        for entry in step.decided:
            carried, _ = admitted(self.ruleset, entry.event)
            moment = (after.now, entry.state)
            if answered and set_off_before(entry.event, entry.state):
                continue  # More of a sentence by which a rule was set off already.
            if any(test(carried, moment) is True for test in self.events):
                waits = self._opened(waits, {**entry.state.facts, **carried}, after, again=answered)
        for effect in step.effects:
            if isinstance(effect, Ran) and isinstance(effect.step, AdviseStep):
                if ADVISE in self.answers and waits is not None:
                    waits, answered = None, True
                if ADVISE in self.verbs:
                    waits = self._opened(waits, after.machine.state.facts, after, again=answered)
        if waits is not None and any(not self.answers.isdisjoint(words_of(send)) for send in step.sent):
            waits = waits._replace(flying=True)
        ended = after.machine.over or after.machine.closed
        cut_off = isinstance(step.move, Closes) and step.before.busy  # The rules were at it still.
        if waits is None:
            return (_ANSWERED if answered and not ended else None), ()
        if cut_off or (ended and self.pattern.or_end):
            return None, ()
        if after.now == self.due(waits) and not after.busy and not after.pending:
            return None, (self._unanswered(waits),)
        return waits, ()

    def end(self, memory: object, step: Step) -> Breaches:
        if not isinstance(memory, Open) or memory.flying or self.pattern.or_end:
            return ()
        return (self._unanswered(memory, ended=True),)

    def _answered(self, waits: Open | None, send: Send, receipt: Receipt) -> Open | None:
        """An answer that was accepted, or may have been, is enough; so are all of them, refused."""
        named = self.answers & words_of(send)
        if waits is not None and not self.answers and send.request.ends:
            return (
                waits if receipt.reason is Reason.FORBIDDEN else None
            )  # More than ask for the end rules can't.
        if waits is None or not named:
            return waits
        if acted(receipt):
            return None
        tried = waits.tried if receipt.reason is Reason.FORBIDDEN else waits.tried | named
        return None if tried >= self.answers else waits._replace(tried=tried, flying=False)

    def _opened(self, waits: Open | None, facts: Facts, world: World, *, again: bool) -> Open | None:
        moment = moment_of(world)
        self.touched = self.touched or speaks_of(self.pattern.guards, self.asked, facts, moment)
        if not bind(self.pattern.guards, self.asked, facts, moment):
            return waits
        return waits or Open(None if self.within is None else world.now + self.within, again=again)

    def _unanswered(self, waits: Open, *, ended: bool = False) -> Breach:
        wanted = [f'"{name.text}"' for name in self.pattern.answers]
        missing = " and ".join(f"no {word}" for word in wanted)
        if self.pattern.within is None:
            how = f"the call is over, and {missing} has come."
        elif ended:
            how = f"the call is over within {print_literal(self.pattern.within)}, and {missing} has come."
        else:
            came = f"{missing} has come" if wanted else "the call goes on"
            if wanted and self.pattern.or_end:
                came = f"{came}, nor has the call ended"
            how = f"{print_literal(self.pattern.within)} later {came}."
        if waits.again:
            how = f"it was answered, and happens once more; then {how}"
        untried = [name.text for name in self.pattern.answers if name.key not in waits.tried]
        expects = [f"expect {name}" for name in untried[:1]]
        breach = self.broken(how, *expects)
        if ended and self.pattern.within is not None:
            breach = breach._replace(hint="If that is all right, add to the promise: or the call ends")
        if waits.failed:
            return breach._replace(hint=self._below_what_failed(waits.failed, untried[:1]))
        if waits.again:
            once = (
                "If one answer is enough, let the rule remember that it was given, and ask for that in the promise, "
                "too, as in: when answered is unknown"
            )
            breach = breach._replace(hint=once)
        return breach

    def _below_what_failed(self, failed: str, answers: Sequence[str]) -> str:
        """What to write below the step that fails in the story. Without it the answer that the promise asks for does
        not come, however the promise is written."""
        below = (
            f'In this story "{failed}" fails. Say what follows then, on a line of its own below "{failed}": '
        )
        if failed in answers or not answers:
            return f"{below}if it fails then …"
        if failed in _GOES_ON:
            return f"{below}if it fails then go on"
        return f"{below}if it fails then {answers[0]} …"
