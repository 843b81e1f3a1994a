"""Where a call's machine stands: what makes a difference from here on, beside what is true of the call itself."""

from collections.abc import Hashable

from flowrules.call.handling import Handling
from flowrules.call.machine import CallMachine
from flowrules.call.running.pairs import OpenPair
from flowrules.call.running.progress import InFlight
from flowrules.call.running.run import Run


def standing(machine: CallMachine) -> tuple[Hashable, ...]:
    """Equal for two forks of one machine that stand alike. Steps are told apart by their paths, so forks in which
    different plans were made may be equal though they stand differently."""
    stack, call = machine._stack, machine._call
    waiting = machine._waiting
    return (
        tuple([_handling(one, call.speech.interruptions) for one in stack]) if stack else (),
        tuple([tuple(one.event.keys.items()) for one in waiting]) if waiting else (),
        len(machine._beside),
        machine._closing is not None,
        machine._ending_begun,
        machine.finished,
        call.over != "",
        call.unknown_ending,
        call.machine,
    )


def _handling(handling: Handling, interruptions: int) -> tuple[Hashable, ...]:
    return (
        handling.run.event_id,
        handling.stage,
        handling.suspended_at is not None,
        tuple([tuple(event.keys.items()) for event in handling.to_raise]),
        _run(handling.run, interruptions),
    )


def _run(run: Run, interruptions: int) -> tuple[Hashable, ...]:
    waiting = run.waiting
    return (
        run._part,
        run._in_part,
        tuple(
            [(one.steps and one.steps[0].path, one.at, one.behind_the_end) for one in run.position._sequences]
        ),
        (waiting.step.path, waiting.looks, waiting.intended)
        if isinstance(waiting, InFlight)
        else waiting and waiting.listens,
        run.status,
        run.stopped,
        run.over,
        run.records_only,
        run._end,
        run.ending_unknown,
        interruptions > run.interruptions,
        run.failures,
        tuple(run.provisional),
        _pairs(run.open_pairs),
        _pairs(run._to_close),
        (run.counted, run.tried),
        (run.rule and run.rule.id, run.cleans_up),
        len(run.closed_caps),
    )


def _pairs(pairs: tuple[OpenPair, ...]) -> tuple[Hashable, ...]:
    return tuple([(pair.rule.id, pair.opening.path) for pair in pairs])
