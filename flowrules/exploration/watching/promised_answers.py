"""`promise "…" after EVENT within D VERBS`: a watcher that waits for the answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flowrules.call.effects import Ran, Record, Send
from flowrules.call.entries import Received
from flowrules.call.receipt import Reason, Receipt
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.apply_event import allowed_facts
from flowrules.engine.planning.plan import AdviseStep
from flowrules.engine.utterance import set_off_before
from flowrules.exploration.hazards.ending.long_silence import tried_for
from flowrules.exploration.hazards.failure_lines import FailureLine, failure_line
from flowrules.exploration.hazards.hazard import word_of
from flowrules.exploration.playing.moves import Closes
from flowrules.exploration.playing.world import World
from flowrules.exploration.watching.occurrences import Counted, Occurrences, turned
from flowrules.exploration.watching.promise_watcher import PromiseWatcher
from flowrules.exploration.watching.promised import (
    ADVISE,
    Facts,
    acted,
    bind,
    keys,
    moment_of,
    speaks_of,
    words_of,
)
from flowrules.exploration.watching.watch import Breach, Breaches, Step
from flowrules.language.nodes import Block, Promise, Response
from flowrules.language.printer import print_literal
from flowrules.verbs import BEST_EFFORT


class Open(NamedTuple):
    """What has happened waits for its answer, until `due`. `tried`: answers that the platform refused. `flying`: the
    request for one is under way. `again`: it was answered before, and has happened once more. `failed`: the word of the
    last step that has failed since, and was not forbidden; '' where none has. `line`: where to write what follows then.
    `spent`: for so many seconds a live
    platform is tried in vain for what has failed since, `slow` the first of these."""

    due: datetime | None
    tried: frozenset[str] = frozenset()
    flying: bool = False
    again: bool = False
    failed: str = ""
    line: FailureLine | None = None
    spent: float = 0.0
    slow: str = ""


_GOES_ON = {word_of(verb) for verb in BEST_EFFORT}
"""The steps of which one that fails keeps nothing that matters to those behind it from being done."""


class Waiting(NamedTuple):
    """What is remembered of a story: what waits for its answer, whether an answer has come before, and how often has
    happened what the promise speaks of, where it counts."""

    waits: Open | None = None
    answered: bool = False
    counted: Counted = ()


class AnswerWatcher(PromiseWatcher):
    """Remembers whether an answer is still to come, and whether one has come before. What a caller says, growing and
    final, is one event."""

    def __init__(self, block: Block, promise: Promise, pattern: Response, ruleset: RuleSet) -> None:
        super().__init__(block, promise, (guard.condition for guard in pattern.guards), ruleset)
        self.pattern = pattern
        self.occurrences = None if pattern.on is None else Occurrences(pattern.on, ruleset.scope)
        self.verbs, self.answers = keys(pattern.verbs), keys(pattern.answers)
        within = None if pattern.within is None else pattern.within.value
        self.within = timedelta(seconds=within) if isinstance(within, int) else None

    @property
    def wants_steps(self) -> bool:
        return ADVISE in self.verbs | self.answers

    def begin(self, world: World) -> Waiting:
        return Waiting()

    def due(self, memory: object) -> datetime | None:
        waits = memory.waits if isinstance(memory, Waiting) else None
        return waits.due if waits is not None and not waits.flying else None

    def watch(self, memory: object, step: Step) -> tuple[Waiting, Breaches]:
        assert isinstance(memory, Waiting)
        after, due = step.after, self.due(memory)
        if memory.waits is not None and due is not None and after.now > due:
            return Waiting(), (self._unanswered(memory.waits),)  # What leaves from now on comes too late.
        memory = self._after_receipts(memory, step)
        if (late := memory.waits) is not None and self._is_late(late, step):
            return Waiting(), (self._late(late),)
        memory = self._after_decisions(memory, step)
        memory = self._after_advice(memory, step)
        waits = memory.waits
        if waits is not None and any(not self.answers.isdisjoint(words_of(send)) for send in step.sent):
            waits = waits._replace(flying=True)
            memory = memory._replace(waits=waits)
        ended = after.machine.over or after.machine.closed
        if waits is None:
            return (Waiting() if ended else memory), ()
        cut_off = isinstance(step.move, Closes) and step.before.busy  # The rules were at it still.
        if cut_off or (ended and self.pattern.or_end):
            return Waiting(), ()
        if after.now == self.due(memory) and not after.busy and not after.pending:
            return Waiting(), (self._unanswered(waits),)
        return memory, ()

    def end(self, memory: object, step: Step) -> Breaches:
        waits = memory.waits if isinstance(memory, Waiting) else None
        if waits is None or waits.flying or self.pattern.or_end:
            return ()
        return (self._unanswered(waits, ended=True),)

    def _after_receipts(self, memory: Waiting, step: Step) -> Waiting:
        waits, answered, counted = memory
        after = step.after
        answered = answered or (waits is not None and waits.again)
        for send, receipt in step.answers:
            known, waits = waits, self._answered(waits, send, receipt)
            answered = answered or (known is not None and waits is None)
            if waits is not None and not receipt.went_well and receipt.reason is not Reason.FORBIDDEN:
                waits = waits._replace(failed=word_of(send.request.verb), line=self._line(send, step))
                if tried := tried_for(send, receipt, step):
                    waits = waits._replace(spent=waits.spent + tried, slow=waits.slow or waits.failed)
            if acted(receipt) and not self.verbs.isdisjoint(words_of(send)):
                waits = self._opened(waits, after.machine.state.facts, after, again=answered)
        return Waiting(waits, answered, counted)

    def _after_decisions(self, memory: Waiting, step: Step) -> Waiting:
        if self.occurrences is None:
            return memory
        waits, answered, counted = memory
        place = step.before.machine.state.place
        for entry in step.decided:
            counted, place = turned(counted, entry.state.place - place), entry.state.place
            carried, _ = allowed_facts(self.ruleset, entry.event)
            if answered and set_off_before(entry.event, entry.state):
                continue  # More of a sentence by which a rule was set off already.
            if not self.occurrences.happen(carried, (step.after.now, entry.state)):
                continue
            counted, enough = self.occurrences.count(counted, carried)
            if enough:
                waits = self._opened(waits, {**entry.state.facts, **carried}, step.after, again=answered)
        counted = turned(counted, step.after.machine.state.place - place) if self.occurrences.counts else ()
        return Waiting(waits, answered, counted)

    def _after_advice(self, memory: Waiting, step: Step) -> Waiting:
        waits, answered, counted = memory
        for effect in step.effects:
            if isinstance(effect, Ran) and isinstance(effect.step, AdviseStep):
                if ADVISE in self.answers and waits is not None:
                    waits, answered = None, True
                if ADVISE in self.verbs:
                    waits = self._opened(waits, step.after.machine.state.facts, step.after, again=answered)
        return Waiting(waits, answered, counted)

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

    def _is_late(self, waits: Open, step: Step) -> bool:
        """Whether an answer leaves only now, when its time is over on a live call, where what has failed was tried for
        a while."""
        leaves = any(not self.answers.isdisjoint(words_of(send)) for send in step.sent)
        return (
            leaves
            and waits.due is not None
            and waits.spent > 0
            and step.after.now + timedelta(seconds=waits.spent) > waits.due
        )

    def _late(self, waits: Open) -> Breach:
        assert self.pattern.within is not None
        answers = " or ".join(f'"{name.text}"' for name in self.pattern.answers)
        seconds, most = round(waits.spent), print_literal(self.pattern.within)
        breach = self.broken(
            f'"{waits.slow}" may be tried for {seconds} seconds before it is given up, and {answers} comes after that, '
            f"not within {most}."
        )
        return breach._replace(
            hint=f'Put the answer first, or be less patient: "within 1 second" behind "{waits.slow}".'
        )

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
            return breach._replace(hint=self._below_what_failed(waits.failed, waits.line, untried[:1]))
        if waits.again:
            once = (
                "If one answer is enough, let the rule remember, below the step that answers, that it was given, and "
                "ask for that in the promise, too, as in: when answered is unknown"
            )
            breach = breach._replace(hint=once)
        return breach

    def _below_what_failed(self, failed: str, line: FailureLine | None, answers: Sequence[str]) -> str:
        """What to write below the step that fails in the story. Without it the answer that the promise asks for does
        not come, however the promise is written."""
        line = line or FailureLine(f'on a line of its own below "{failed}"')
        below = f'In this story "{failed}" fails. Say what follows then, {line.where}: '
        if failed in answers or not answers:
            return f"{below}{line.then('…')}"
        if failed in _GOES_ON and not line.ends:
            return f"{below}{line.then('go on')}"
        return f"{below}{line.then(f'{answers[0]} …')}"

    def _line(self, send: Send, step: Step) -> FailureLine | None:
        """Where to write what follows if a step fails; None where it is not on record which step that was."""
        entry = next(
            (
                one.entry
                for one in step.effects
                if isinstance(one, Record)
                and isinstance(one.entry, Received)
                and one.entry.request == send.request
            ),
            None,
        )
        if entry is None:
            return None
        verb = send.request.verb
        return failure_line(self.ruleset, entry.rule, verb, entry.path, word_of(verb))
