"""The tools of authors: each takes texts that are not saved, and says something of the rule set with them in it."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.authoring.draft import Draft, DraftRefused, lay_over
from flowrules.authoring.report import findings_json, review_json
from flowrules.authoring.review import review
from flowrules.compiler.loading.load import Loaded, load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.instants import to_instant
from flowrules.diagnostics.diagnostic import Severity, in_order, open_findings
from flowrules.engine.event import flatten, make_event
from flowrules.engine.preview import preview, preview_json
from flowrules.engine.raised import as_raised
from flowrules.exploration.budget import Budget
from flowrules.exploration.findings import findings_of
from flowrules.exploration.search import explore
from flowrules.exploration.watchers import watchers_of
from flowrules.language.format import format_text
from flowrules.language.names import fold
from flowrules.prose.formats.markdown import markdown
from flowrules.prose.read_back import of_files, read_back
from flowrules.runtime.loop.thread_runner import Overdue, ThreadRunner
from flowrules.scenarios.comparing.difference import difference, difference_json, parts_json
from flowrules.scenarios.proof import unproven
from flowrules.scenarios.suite import run_tests, suite_json
from flowrules.source import SourceFile

MAX_SECONDS = 20.0
MAX_DEPTH = 5
LIMIT = 90.0
"""Seconds after which an answer is given up."""
MAX_ANSWER = 400_000
"""Characters of an answer."""

Texts = dict[str, str]


class Drafted(BaseModel):
    """What every tool takes."""

    model_config = ConfigDict(extra="forbid")

    texts: Texts = Field(
        default={},
        description="Rule files that are not saved, by their names within the rule set (refunds.rules): "
        "each stands in the "
        "place of the file of that name, the rest of the rule set stays. Left out: the rule set as it is.",
    )


class Explored(Drafted):
    """What `explore` and `review` take."""

    seconds: float = Field(
        default=5.0, gt=0, le=MAX_SECONDS, description="How long stories are played, at most."
    )
    depth: int = Field(
        default=3, ge=0, le=MAX_DEPTH, description="How many things happen in the longest story."
    )


class Reviewed(Drafted):
    """What `review` takes."""

    seconds: float = Field(
        default=5.0, gt=0, le=MAX_SECONDS, description="How long stories are played, at most."
    )


class Previewed(Drafted):
    """What `preview` takes."""

    events: list[str] = Field(default=[], description="Bare events, such as payment_done.")
    facts: dict[str, JsonValue] = Field(
        default={}, description='What the event carries, such as {"intent": "sales"}.'
    )
    known: dict[str, JsonValue] = Field(
        default={}, description='What was known before, such as {"balance": 900}.'
    )
    at: datetime | None = Field(
        default=None, description="When; without an offset in the rules' time zone. Left out: now."
    )


class Tool(NamedTuple):
    """A row of the table: its name, what it is for, what it takes, and what it does."""

    name: str
    about: str
    takes: type[Drafted]
    run: Callable[["Author", Any], dict[str, Any]]


class Author:
    """Asks about drafts over the rule set at a path. One question at a time, in a thread; nothing is written."""

    def __init__(
        self, path: Path, *, fence: DestinationPolicy = DEFAULT_POLICY, agent_type: str = "agent"
    ) -> None:
        self.path = path
        self.fence = fence
        self.agent_type = agent_type
        self._one = asyncio.Lock()
        self._threads = ThreadRunner()

    async def ask(self, tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The tool's answer. Raises DraftRefused, BadEvent, pydantic's ValidationError."""
        asked = tool.takes.model_validate(arguments)
        async with self._one:
            try:
                told = await self._threads.run(
                    lambda: tool.run(self, asked), LIMIT, f'the tool "{tool.name}"'
                )
            except Overdue as error:
                raise DraftRefused(f"{error}: ask about less") from None
            except OSError as error:
                raise DraftRefused(
                    f"the rules can't be read: {error.strerror or type(error).__name__}"
                ) from None
        if (size := len(json.dumps(told, ensure_ascii=False))) > MAX_ANSWER:
            raise DraftRefused(
                f"the answer has {size:,} characters, which nobody reads: ask about fewer files"
            )
        return told

    def lay(self, texts: Texts) -> Draft:
        return lay_over(texts, self.path)

    def load(self, sources: tuple[SourceFile, ...]) -> Loaded:
        return load_rules(sources, agent_type=self.agent_type, fence=self.fence)

    def ruleset(self, texts: Texts) -> tuple[Draft, RuleSet]:
        """The rule set with the draft in it. Raises DraftRefused where it has errors."""
        draft = self.lay(texts)
        loaded = self.load(draft.sources)
        if loaded.ruleset is None:
            errors = [one for one in open_findings(loaded.findings) if one.code.severity is Severity.ERROR]
            first = errors[0]
            raise DraftRefused(
                f"the rules have errors, which check tells; the first is in {first.location.source.path}, "
                "line "
                f"{first.location.first.line}: {first.message}"
            )
        return draft, loaded.ruleset


def _check(author: Author, asked: Drafted) -> dict[str, Any]:
    draft = author.lay(asked.texts)
    findings = (*draft.unread, *author.load(draft.sources).findings)
    return findings_json(findings)


def _explain(author: Author, asked: Drafted) -> dict[str, Any]:
    draft, ruleset = author.ruleset(asked.texts)
    page = read_back(ruleset)
    return {"explanation": markdown(of_files(page, ruleset, draft.names) if draft.names else page)}


def _explore(author: Author, asked: Explored) -> dict[str, Any]:
    _, ruleset = author.ruleset(asked.texts)
    found = explore(ruleset, watchers_of(ruleset), Budget(asked.depth, asked.seconds), clock=time.monotonic)
    return {**findings_json(findings_of(found)), "looked": list(found.coverage.words())}


def _test(author: Author, asked: Drafted) -> dict[str, Any]:
    _, ruleset = author.ruleset(asked.texts)
    suite = run_tests(ruleset)
    return {**suite_json(suite), **findings_json(in_order(unproven(ruleset, suite.cases)))}


def _preview(author: Author, asked: Previewed) -> dict[str, Any]:
    _, ruleset = author.ruleset(asked.texts)
    event = as_raised(make_event(*asked.events, facts=asked.facts))
    known = {fold(name): value for name, value in flatten(asked.known)}
    at = datetime.now(UTC) if asked.at is None else to_instant(asked.at, ruleset.zone)
    return preview_json(preview(ruleset, event, at, known=known))


def _diff(author: Author, asked: Drafted) -> dict[str, Any]:
    draft, ruleset = author.ruleset(asked.texts)
    before = author.load(draft.before).ruleset
    if before is None:
        raise DraftRefused("the rules as they are have errors, so there is nothing to compare the draft with")
    found = difference(before, ruleset)
    return {
        "changes": difference_json(found.changes),
        "not_played": parts_json(found.unplayed),
        "without_effect": parts_json(found.idle),
    }


def _format(author: Author, asked: Drafted) -> dict[str, Any]:
    draft = author.lay(asked.texts)
    results = {one.path: format_text(one) for one in draft.sources if one.path in draft.names}
    return {
        "texts": {name: result.text for name, result in results.items()},
        "changed": sorted(name for name, result in results.items() if result.changed),
        **findings_json(tuple(finding for result in results.values() for finding in result.findings)),
    }


def _review(author: Author, asked: Reviewed) -> dict[str, Any]:
    draft = author.lay(asked.texts)
    found = review(
        draft, clock=time.monotonic, seconds=asked.seconds, fence=author.fence, agent_type=author.agent_type
    )
    based_on = {one.path: one.digest for one in draft.before if one.path in draft.names}
    return {**review_json(found), "based_on": based_on}


TOOLS: tuple[Tool, ...] = (
    Tool(
        "check",
        "Say what is wrong: errors and warnings, with places and what to write instead.",
        Drafted,
        _check,
    ),
    Tool("explain", "Say in plain sentences what the draft's rules do.", Drafted, _explain),
    Tool(
        "explore",
        "Play calls in every way that matters, and tell the stories that go wrong: hazards and broken "
        "promises.",
        Explored,
        _explore,
    ),
    Tool("test", "Play the tests in the rule files, and name those that prove nothing.", Drafted, _test),
    Tool(
        "preview",
        "Show which rule takes an event and what would be sent, with exact bodies.",
        Previewed,
        _preview,
    ),
    Tool(
        "diff",
        "Say where something else would be done than under the saved rules, with examples.",
        Drafted,
        _diff,
    ),
    Tool("format", "Give the draft's texts in their one canonical form.", Drafted, _format),
    Tool(
        "review",
        "Judge the draft: one verdict (ready, to look at, not ready) with its reasons, findings, hazards, "
        "tests, new "
        "names, changes, and what it does in plain words. Use it last.",
        Reviewed,
        _review,
    ),
)
