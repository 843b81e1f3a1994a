"""How fast stories are played: inputs a second of the explorer on the cookbook, beside the events a second of the
simulation that plays tests, in the same run."""

import time
from pathlib import Path

from benchmarks.results import Results, Spread, Table, Target, Value
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.budget import Budget
from flowrules.exploration.playing.alphabet import Alphabet, alphabet_of
from flowrules.exploration.playing.asked import asked_of
from flowrules.exploration.search import explore
from flowrules.exploration.watchers import watchers_of
from flowrules.scenarios.simulation import Simulation
from flowrules.source import read

RULES = Path(__file__).parents[1] / "rules"
INPUTS, QUICK_INPUTS = 5_000, 1_000
"""A round plays so many."""
WANTED = 20_000 / 13_000
"""Inputs a second for each event a second of the simulation."""
COLUMNS = ("explored, inputs/s", "without watchers, inputs/s", "simulated, events/s", "explored ÷ simulated")


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    """`sizes`: how many inputs a round plays, the first one counts."""
    inputs = sizes[0] if sizes else QUICK_INPUTS if quick else INPUTS
    rows: dict[str, tuple[Value, ...]] = {}
    ratios = []
    for path in sorted(RULES.glob("*.rules")):
        ruleset = load_rules(read(path)).ruleset
        assert ruleset is not None
        alphabet = alphabet_of(ruleset, asked_of(ruleset))
        watched, alone, simulated = [], [], []
        for _ in range(max(rounds // 5, 1)):
            watched.append(_explored(ruleset, inputs, watching=True))
            simulated.append(_simulated(ruleset, alphabet, inputs // 5))
            alone.append(_explored(ruleset, inputs, watching=False))
        pairs = [one / other for one, other in zip(watched, simulated, strict=True)]
        ratios += pairs
        rows[path.name] = (Spread.of(watched), Spread.of(alone), Spread.of(simulated), Spread.of(pairs))
    note = "CPU time of one process. An input is a move of a story; an event of the simulation holds all its requests."
    target = Target("explored inputs to simulated events", WANTED, Spread.of(ratios).median, at_least=True)
    return Results("exploring", (Table("Stories that are played", COLUMNS, rows, note),), (target,))


def _explored(ruleset: RuleSet, inputs: int, *, watching: bool) -> float:
    watchers = watchers_of(ruleset) if watching else ()
    began = time.process_time()
    explored = explore(ruleset, watchers, Budget(depth=4, inputs=inputs))
    return explored.coverage.inputs / (time.process_time() - began)


def _simulated(ruleset: RuleSet, alphabet: Alphabet, events: int) -> float:
    """Calls of six events, each another than the last."""
    moves, played = alphabet.events.ordinary, 0
    began = time.process_time()
    while played < events:
        call = Simulation(ruleset, alphabet.begins[0].at, facts=alphabet.begins[0].told)
        for place in range(played, played + 6):
            call.event(moves[place % len(moves)].event)
        played += 6
    return played / (time.process_time() - began)
