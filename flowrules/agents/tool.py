"""The one tool that a model gets: it reports, the rules decide. What the model sees of it follows every reload."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel

from flowrules.agents import schema, tool_forms
from flowrules.agents.gathering import Gathering
from flowrules.agents.providers import TOOL_NAME
from flowrules.agents.tool_arguments import Report, read_arguments
from flowrules.agents.turn_taking import takes_the_turn
from flowrules.agents.vocabulary import Vocabulary, vocabulary
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.engine.event import BadEvent, Source
from flowrules.runtime.calls.event_limits import MAX_ID
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.sending.serving import check_waiting

PATIENCE = 2.0
"""Seconds that a tool call waits for the plan that it led to: a model that waits is a silence on the line."""


STAY_SILENT = "none: say nothing until the caller is heard again"
"""What a model is told in whose turn a rule says `stay silent`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a report came to. `text` is for the model: a tool call's result.

    `outcome` is None where nothing was taken, or the plan is still under way; then subscribers of the engine hear of
    it. `advise` are all the texts that wait for the model's next turn. `stay_silent`: a rule has taken this turn's
    answer from the model, which is to say nothing until the caller is heard again. `said` are sentences of the rules
    that the caller has heard: all that nobody was told of yet; where somebody listens (`call.on_said`), those of this
    report.
    """

    report: Report
    outcome: EventOutcome | None
    advise: tuple[str, ...]
    over: str
    """Why the AI's session has ended; '' while it has not."""
    stay_silent: bool = False
    repeated: bool = False
    """This very report had come before in its turn: it was not taken a second time."""
    said: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return json.dumps(self._told(), ensure_ascii=False)

    def _told(self) -> dict[str, Any]:
        names = [*self.report.facts, *self.report.events]
        why_not = self._why_not_taken() if names else ""
        told: dict[str, Any] = {"taken": [] if why_not or self.repeated else names}
        if self.repeated:
            told["repeated"] = names
        notes = [*([f"{', '.join(names)}: {why_not}"] if why_not else []), *self.report.notes]
        if notes:
            told["not_taken"] = notes
        if self.advise:
            told["advice"] = list(self.advise)
        if self.said:
            told["said"] = list(self.said)
        if self.outcome is not None:
            told["done"] = [step.verb for step in self.outcome.steps if step.receipt.went_well]
            failed = [str(step) for step in (*self.outcome.refused, *self.outcome.unknown)]
            told |= {"failed": failed} if failed else {}
        if self.stay_silent:
            told["answer"] = STAY_SILENT
        told["call"] = f"over: {self.over}" if self.over else "goes on"
        return told

    def _why_not_taken(self) -> str:
        """Why what fits was not decided all the same; '' where it was, or is about to be."""
        match self.outcome and self.outcome.status:
            case EventStatus.CALL_OVER:
                return "the call is over"
            case EventStatus.QUEUE_FULL:
                return "too much was waiting to be decided"
            case EventStatus.BROKEN if not (self.outcome and self.outcome.steps):
                return "it could not be decided"
            case _:
                return ""


class ReportTool:
    """The tool `report` under the rules that are live, for every call that they rule.

        tool = ReportTool(engine.rules)
        reply = await client.chat.completions.create(…, tools=[tool.openai()])
        answer = await tool.report(call, tool_call.function.arguments, event_id=tool_call.id)

    `hide` names facts and events that the host reports itself, beyond those that the rules declare as `from host`.
    """

    def __init__(
        self, rules: RuleBook, *, name: str = tool_forms.TOOL_NAME, hide: Collection[str] = ()
    ) -> None:
        if not TOOL_NAME.fullmatch(name):
            raise ValueError(
                "a tool's name has 1 to 64 Latin letters, digits, _ and -, and begins with a letter or _"
            )
        self.name = name
        self._rules = rules
        self._hide = frozenset(hide)
        self._vocabulary: Vocabulary | None = None
        self._gathering = Gathering()
        self._shown: dict[str, tuple[str, str]] = {}
        """Each form of the tool, as text, with the revision that it was made of."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Of the rules that are live at this moment."""
        ruleset = self._rules.current
        if self._vocabulary is None or self._vocabulary.revision != ruleset.revision:
            self._vocabulary = vocabulary(ruleset, hide=self._hide)
        return self._vocabulary

    @property
    def revision(self) -> str:
        return self._rules.revision

    def json_schema(self) -> dict[str, Any]:
        return self._made("json schema", schema.json_schema)

    def openai(self, *, strict: bool = False) -> dict[str, Any]:
        """For Chat Completions of OpenAI and of whoever speaks like it. `strict`: the model is held to the schema,
        here and below; a vocabulary that is too large for that goes out without it (`not_strict_because`)."""
        return self._for("openai", tool_forms.chat_completions_tool, strict=strict)

    def responses(self, *, strict: bool = False) -> dict[str, Any]:
        return self._for("responses", tool_forms.responses_tool, strict=strict)

    def realtime(self) -> dict[str, Any]:
        return self._for("realtime", tool_forms.realtime_tool)

    def anthropic(self, *, strict: bool = False) -> dict[str, Any]:
        return self._for("anthropic", tool_forms.anthropic_tool, strict=strict)

    def gemini(self) -> dict[str, Any]:
        """A function declaration."""
        return self._for("gemini", tool_forms.gemini_declaration)

    def mcp(self) -> dict[str, Any]:
        return self._for("mcp", tool_forms.mcp_tool)

    def model(self) -> type[BaseModel]:
        return schema.report_model(self.vocabulary)

    def not_strict_because(self, provider: str) -> str:
        """Why the tool can't be strict with a provider (`chat completions`, `responses`, `realtime`, `anthropic`,
        `gemini`, `mcp`) under the rules of now; '' where it can."""
        return tool_forms.not_strict_because(self.vocabulary, provider)

    def _for(self, form: str, make: Callable[..., dict[str, Any]], **chosen: bool) -> dict[str, Any]:
        return self._made(f"{form} {chosen}", partial(make, name=self.name, **chosen))

    def _made(self, form: str, make: Callable[[Vocabulary], dict[str, Any]]) -> dict[str, Any]:
        """A form of the tool: made once for each revision, since it is asked for in every turn of every call. Whoever
        asks may write into what they get."""
        revision, text = self._shown.get(form, ("", ""))
        if revision != self.vocabulary.revision:
            text = json.dumps(make(self.vocabulary))
            self._shown[form] = self.vocabulary.revision, text
        made: dict[str, Any] = json.loads(text)
        return made

    async def report(
        self,
        call: CallSession,
        arguments: Mapping[str, object] | str | bytes,
        *,
        event_id: str = "",
        turn_id: str = "",
        patience: float = PATIENCE,
    ) -> Answer:
        """Take a tool call's arguments as an event from the model, and wait for what it leads to: to its end where it
        takes the turn over (an urgent rule, one that ends the call, or one that says `stay silent`), else `patience`
        seconds at most. Where `answer.over` says something, or `answer.stay_silent` is true, the model has nothing more
        to say.

        It never raises for what a model wrote. `event_id`: the tool call's id, so that one that comes twice counts
        once; the same id in another turn, or with another content, is another report, since some models
        number their calls anew in each answer. The report belongs to the turn that the caller's last words
        began, unless `turn_id` says otherwise. Reports that are made side by side (`asyncio.gather`), as a
        model makes them in one answer, are taken in the order in which they come, but urgent ones first. A
        call with a schema from before a reload is read by the rules of now. Raises WaitsForItself in
        a handler or a voice of this call.
        """
        check_waiting(call.call_id)
        report = read_arguments(self.vocabulary, arguments)
        if not report.facts and not report.events:
            return self._answer(call, report, None)
        told: dict[str, Any] = {"facts": report.facts, "source": Source.MODEL, "turn_id": turn_id}
        event_id = _short_enough(event_id)
        try:
            plan = call.preview(*report.events, **told).plan
            try:
                gathered = await self._gathering.passed(call, urgent=any(part.urgent for part in plan.parts))
            except asyncio.CancelledError:
                call.post(*report.events, **told, event_id=event_id)  # It was told, whoever waits for it.
                raise
            if gathered:
                plan = call.preview(*report.events, **told).plan
            repeated = call.reported_before(*report.events, **told, event_id=event_id)
            takes_over = takes_the_turn(plan)
            waiting = call.post(*report.events, **told, event_id=event_id)
        except BadEvent as error:
            return self._answer(call, Report({}, (), (*report.notes, str(error))), None)
        await asyncio.wait((waiting,), timeout=None if takes_over else patience)
        await call.ending_settled()
        outcome = waiting.result() if waiting.done() else None
        return self._answer(call, report, outcome, repeated)

    def _answer(
        self, call: CallSession, report: Report, outcome: EventOutcome | None, repeated: bool = False
    ) -> Answer:
        """With all that waits to be told to the model."""
        said = _said(call, None if repeated else outcome)
        return Answer(report, outcome, call.take_advice(), call.over, call.stays_silent, repeated, said)


def _said(call: CallSession, outcome: EventOutcome | None) -> tuple[str, ...]:
    """What the model is told of the rules' own sentences."""
    if call.said_is_heard:
        return () if outcome is None else outcome.said
    return tuple(said.text for said in call.take_said() if said.text)


def _short_enough(event_id: str) -> str:
    """A tool call's id as an event may have it: those of some servers are as long as a page."""
    return (
        event_id
        if len(event_id) <= MAX_ID
        else hashlib.sha256(event_id.encode("utf-8", "replace")).hexdigest()
    )
