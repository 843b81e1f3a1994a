"""`flowrules replay`: what an edit would have done in recorded calls."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from flowrules.call.receipt import Reason
from flowrules.cli.options.files import COULD_NOT_RUN, fail
from flowrules.cli.options.situation import live_rules
from flowrules.cli.records.replay_progress import progress
from flowrules.cli.terminal.screen import say
from flowrules.recordings.arrow import ParquetMissing
from flowrules.recordings.layout import BadMapping, parse_maps
from flowrules.recordings.record import BadRecording
from flowrules.replaying.answer import Answer
from flowrules.replaying.run import replay_recording
from flowrules.replaying.running.cluster import ClusterFailed, ClusterMissing
from flowrules.replaying.running.job import HoldsToken, OtherVersion
from flowrules.replaying.running.processes import WorkersDie
from flowrules.replaying.running.run import Where
from flowrules.replaying.told.summary import Costs
from flowrules.verbs import CATALOGUE

CANT_RUN = (ClusterFailed, ClusterMissing, HoldsToken, OtherVersion, WorkersDie)
"""What keeps a replay from being run at all."""


def replay(
    new: Annotated[Path, typer.Argument(help="The rules as they shall be: a file or a folder.")],
    over: Annotated[
        Path, typer.Option(help="Recorded calls: Parquet, JSON lines, CSV, or a folder of these.")
    ],
    against: Annotated[
        Path | None,
        typer.Option(help="The rules to compare with. Default: what the recording says was done."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="NAME=COLUMN", help="Which column holds what: intent=label."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="A column that is left out.")
    ] = None,
    cost: Annotated[
        list[str] | None,
        typer.Option(metavar="VERB=AMOUNT", help="What a verb costs that goes through: transfer=3.20."),
    ] = None,
    suppose: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VERB=REASON",
            help="Why a verb fails that was never sent: transfer=unavailable. Others are accepted.",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="How many processes replay. Default: one for each processor."),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep answers here, so that the same replay goes on where it was stopped.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Let the workers of a Dask cluster replay: tcp://host:8786."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every way of changing, and whole stories.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="For a pull request or a chat.")] = False,
    html: Annotated[bool, typer.Option("--html", help="One page, for a browser and for paper.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file instead of the screen.")
    ] = None,
) -> None:
    """Play recorded calls again, whole and in order, and tell which of them would go otherwise. Nothing is sent.

    Ends with 0 where nothing changes, 1 where something does, 2 where no call could be played.
    """
    if json + markdown + html > 1:
        fail("Only one of --json, --markdown and --html can be shown at a time.")
    costs, supposing = _costs(cost or ()), _supposing(suppose or ())
    after = live_rules(new, code=COULD_NOT_RUN, done="replayed")
    before = None if against is None else live_rules(against, code=COULD_NOT_RUN, done="replayed")
    try:
        columns = parse_maps(column or ())
        with progress() as watching:
            answer = replay_recording(
                over,
                after,
                before,
                supposing,
                columns=columns,
                ignored=ignore or (),
                where=Where(jobs, cluster, work),
                watching=watching,
            )
    except OSError as error:
        fail(f"{error.filename or over} can't be read: {error.strerror or error}")
    except (BadRecording, BadMapping, ParquetMissing, *CANT_RUN) as error:
        fail(f"{str(error).rstrip('.')}.")
    told = _told(answer, costs, every=every, json=json, markdown=markdown, html=html)
    if output is None:
        say(told)
    else:
        try:
            output.write_text(told, encoding="utf-8")
        except OSError as error:
            fail(f"{output} can't be written: {error.strerror or error}")
        typer.echo(f"written to {output}")
    if not answer.calls:
        raise typer.Exit(COULD_NOT_RUN)
    raise typer.Exit(1 if answer.changed_calls else 0)


def _told(answer: Answer, costs: Costs, *, every: bool, json: bool, markdown: bool, html: bool) -> str:
    # Each form is imported when it is asked for.
    if json:
        from flowrules.replaying.told.as_json import as_json

        return as_json(answer, costs)
    if markdown:
        from flowrules.replaying.told.as_markdown import as_markdown

        return as_markdown(answer, costs)
    if html:
        from flowrules.replaying.told.as_page import as_page

        return as_page(answer, costs)
    from flowrules.replaying.told.as_text import as_text

    return as_text(answer, costs, every=every)


def _costs(written: Iterable[str]) -> Costs:
    costs = {}
    for one in written:
        word, amount = _pair(one, "--cost", "transfer=3.20")
        try:
            costs[word] = Decimal(amount)
        except InvalidOperation:
            fail(f"--cost {one}: {amount} is no amount: write transfer=3.20.")
        if not costs[word].is_finite():
            fail(f"--cost {one}: {amount} is no amount: write transfer=3.20.")
    return costs


def _supposing(written: Iterable[str]) -> dict[str, Reason]:
    supposing = {}
    for one in written:
        word, reason = _pair(one, "--suppose", "transfer=unavailable")
        try:
            supposing[word] = Reason(reason)
        except ValueError:
            fail(f"--suppose {one}: a verb fails because {', '.join(Reason)}.")
    return supposing


def _pair(written: str, option: str, example: str) -> tuple[str, str]:
    word, equals, value = (part.strip() for part in written.partition("="))
    if not (word and equals and value):
        fail(f"{option} {written}: write {option} {example}.")
    words = {form.word for spec in CATALOGUE for form in spec.forms}
    if word not in words:
        fail(f"{option} {written}: there is no verb {word}. The verbs are {', '.join(sorted(words))}.")
    return word, value
