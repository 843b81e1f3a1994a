"""The bot's own sentence is cut by the ending behind it, or has a hole where a fact is unknown."""

import re
from collections.abc import Hashable
from datetime import timedelta
from typing import NamedTuple

from flowrules.call.entries import Decided, Received, Sending
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import CUT_SENTENCE
from flowrules.exploration.hazards.asked import every, spoken_facts, steps_of
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, rule_words, the_rule
from flowrules.exploration.watching.watch import Breach, Step
from flowrules.source import Location
from flowrules.verbs import BY_NAME

_UNKNOWN = re.compile(r"\{([^{}]+)\} is unknown and printed nothing")
_SLACK = timedelta(seconds=0.5)
"""The length of a sentence is an estimate."""


class Spoken(NamedTuple):
    """Whose text is being spoken."""

    event_id: str


class CutSentence(Hazard):
    code = CUT_SENTENCE

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        by_rails = spoken_facts(
            step
            for rail in (*ruleset.rails.never, *ruleset.rails.before)
            if rail.steps is not None
            for step in every(rail.steps.steps)
        )
        self._spoken = {rule.id: spoken_facts(steps_of(rule)) | by_rails for rule in ruleset.rules}

    def moves(self, memory: Hashable, step: Step) -> Seen:
        """What is spoken is remembered as long as it lasts."""
        speaking = step.after.machine.speech.said_until is not None
        return (memory if speaking or step.before.busy else None), ()

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        if not entry.plan.notes:
            return memory, ()
        found = []
        for fact in dict.fromkeys(name for note in entry.plan.notes for name in _UNKNOWN.findall(note)):
            for part in entry.plan.parts:
                if fact in self._spoken.get(part.rule.id, ()):
                    found.append(self._hole(part.rule, fact))
        return memory, tuple(found)

    def _hole(self, rule: RuleRef, fact: str) -> Breach:
        return self.breach(
            self._place_of_text(rule, fact),
            f'{the_rule(rule)} speaks a sentence with a hole: "{fact}" is unknown, and nothing stands for '
            "it.",
            (rule.id, fact),
            f'Ask first: when {fact} is known. Or write behind "or" what is said in its place, as in '
            "{lead.name or there}.",
            meant=f"{fact} is always told before",
        )

    def _place_of_text(self, rule: RuleRef, fact: str) -> Location:
        """Where a rule's own text quotes a fact; else the rule."""
        block = self.ruleset.blocks[rule.id]
        found = re.search(rf"\{{\s*{re.escape(fact)}\s*\}}", block.text)
        if found is None:
            return self.place(rule)
        return Location(block.source, block.start + found.start(), block.start + found.end())

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        spec = BY_NAME.get(entry.request.verb)
        heard = spec is not None and spec.heard_field is not None and spec.heard_field in entry.request.body
        return (Spoken(entry.event_id) if heard and entry.receipt.went_well else memory), ()

    def sending(self, memory: Hashable, entry: Sending, step: Step) -> Seen:
        if not isinstance(memory, Spoken) or memory.event_id != entry.event_id:
            return memory, ()
        speech = step.after.machine.speech
        if speech.signalled:
            return memory, ()  # The model speaks besides, and the wait for it may have been long already.
        until = speech.said_until
        verb = entry.request.verb
        if not ends_session(verb) or until is None or until <= step.after.now + _SLACK:
            return memory, ()
        left = round((until - step.after.now).total_seconds())
        return memory, (
            self.breach(
                self.place(entry.rule, verb, entry.path),
                f'"{verb}" cuts the sentence that {rule_words(entry.rule)} itself speaks, about {max(left, 1)} seconds '
                "before its end.",
                (entry.rule.id, verb),
                'Leave out "now": the call then ends behind the last word, after ten seconds at the latest.'
                if self._is_now(entry)
                else f'Say less before "{verb}": it waits for the bot\'s last word by itself, ten '
                "seconds at the most.",
            ),
        )

    def _is_now(self, entry: Sending) -> bool:
        block = self.ruleset.blocks[entry.rule.id]
        return re.search(rf"\b{re.escape(entry.request.verb)}\s+now\b", block.text, re.IGNORECASE) is not None
