"""An answer that comes in halves: "next Tuesday", and when asked for the hour, "at three"."""

from collections.abc import Mapping
from functools import lru_cache

from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event, Source
from flowrules.engine.spoken_time import joined_halves
from flowrules.engine.state import CallState
from flowrules.language.nodes import Block, CallbackKind, CallbackTime, Name, VerbStep
from flowrules.language.traverse import all_steps, sequences
from flowrules.language.values import Value


def with_other_halves(
    ruleset: RuleSet, state: CallState, event: Event, kept: Mapping[str, Value]
) -> tuple[Mapping[str, Value], Mapping[str, Source]]:
    """What an event tells of the time of a callback, put together with the half that is known already; and who said
    each of these: the weaker of the two sources, absent for the host. `kept`: the facts that the event tells."""
    facts, told, sources = state.facts, dict(kept), dict[str, Source]()
    for key, value in kept.items():
        before = facts.get(key)
        if type(before) is not str or type(value) is not str:
            continue
        whole = joined_halves(before, value)
        if whole is not None and key in _callback_facts(ruleset):
            told[key] = whole
            source = max(event.source_of(key), state.sources.get(key, Source.HOST))
            if source is not Source.HOST:
                sources[key] = source
    return told, sources


@lru_cache(maxsize=4)
def _callback_facts(ruleset: RuleSet) -> frozenset[str]:
    """The facts from which rules read the time of a callback, by their folded names."""
    blocks = (block for file in ruleset.checked.files for block in file.blocks)
    return frozenset(key for block in blocks for key in _read_in(block))


def _read_in(block: Block) -> list[str]:
    found: list[str] = []
    for steps in sequences(block.item) if block.item is not None else ():
        for step in all_steps(steps):
            for argument in step.arguments if isinstance(step, VerbStep) else ():
                match argument.value:
                    case CallbackTime(kind=CallbackKind.AT_FACT, name=Name(key=key)):
                        found.append(key)
    return found
