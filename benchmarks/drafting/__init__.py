"""How well models draft rules from policies: `python -m benchmarks.drafting`.

Offline, two scripted models write the references and the usual slips: the first row is to be perfect, and the second
shows how many slips the checks and stories notice. Where DRAFTING_URL and DRAFTING_MODEL name an
OpenAI-compatible endpoint, it drafts each policy too, and with DRAFTING_GRAMMAR once more under the grammar.
"""

from collections.abc import Iterable

from benchmarks.drafting import chance
from benchmarks.drafting.judge import Score, score
from benchmarks.drafting.models import Model, NoAnswer, Scripted, from_environment
from benchmarks.drafting.policies import Policy, policies
from benchmarks.results import Results, Table, Target

COLUMNS = (
    "parses",
    "checks clean",
    "passes the nasty cases",
    "wrong, and warned of",
    "wrong without a word",
    "no answer",
)


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool) -> Results:
    """Drafting depends on no size and is the same in each round; `quick` asks no endpoint."""
    models: tuple[Model, ...] = (Scripted("reference"), Scripted("slip"))
    if not quick:
        models = (*models, *from_environment())
    wanted = policies()
    found = {model.name: drafted(model, wanted) for model in models}
    reference = [one for one in found["scripted: reference"].values() if isinstance(one, Score)]
    slips = [one for one in found["scripted: slip"].values() if isinstance(one, Score)]
    number = float(len(wanted))
    return Results(
        "drafting",
        (
            Table(
                "Drafts of policies", COLUMNS, {name: _row(scores.values()) for name, scores in found.items()}
            ),
            Table(
                "By chance, under the grammar", chance.COLUMNS, {"rules and guard rails": _by_chance(wanted)}
            ),
            Table(
                "Policy by policy",
                ("outcome",),
                _each(found),
                "With the nasty cases that a draft misses.",
            ),
        ),
        (
            Target(
                "references that parse, check clean and pass",
                number,
                float(sum(map(_is_right, reference))),
                True,
                "",
            ),
            Target(
                "usual slips that a nasty case finds",
                number,
                float(sum(not one.passes for one in slips)),
                True,
                "",
            ),
        ),
    )


def drafted(model: Model, wanted: Iterable[Policy]) -> dict[str, Score | str]:
    """For each policy the draft's score, or why there is no draft."""
    found: dict[str, Score | str] = {}
    for policy in wanted:
        try:
            found[policy.name] = score(policy, model.draft(policy))
        except NoAnswer as error:
            found[policy.name] = str(error)
    return found


def _by_chance(wanted: Iterable[Policy]) -> tuple[str, ...]:
    drawn, *counts = chance.by_chance(wanted)
    return tuple(f"{count} of {drawn}" for count in counts)


def _all(what: str, number: float, met: Iterable[bool]) -> Target:
    return Target(what, number, float(sum(met)), at_least=True, unit="")


def _is_right(one: Score) -> bool:
    return one.parses and one.clean and one.passes and not one.warned


def _row(found: Iterable[Score | str]) -> tuple[str, ...]:
    every = list(found)
    scores = [one for one in every if isinstance(one, Score)]
    counts = (
        sum(one.parses for one in scores),
        sum(one.clean for one in scores),
        sum(one.passes for one in scores),
        sum(not one.passes and not one.silently_wrong for one in scores),
        sum(one.silently_wrong for one in scores),
        len(every) - len(scores),
    )
    return tuple(f"{count} of {len(every)}" for count in counts)


def _each(found: dict[str, dict[str, Score | str]]) -> dict[str, tuple[str, ...]]:
    return {
        f"{policy}, {name}": (_told(one),) for name, scores in found.items() for policy, one in scores.items()
    }


def _told(one: Score | str) -> str:
    if isinstance(one, str):
        return one
    if not one.parses:
        return "does not parse"
    if one.passes:
        return "right" if one.clean else "right, with findings"
    how = "wrong without a word" if one.silently_wrong else "wrong, and warned of"
    return f"{how}: {', '.join(one.missed)}"
