"""What the fleet learns of one call, and the way its records take."""

import asyncio
from collections.abc import Callable

import pydantic_core

from flowrules.call.entries import Decided, Ended, Entry, NotSent, Received, Settled
from flowrules.call.inputs import Input
from flowrules.call.receipt import Reason, Receipt, not_sent
from flowrules.call.request import VerbRequest, verb_request
from flowrules.call.setup import Setup
from flowrules.engine.event import Source
from flowrules.engine.planning.plan import PlannedVerb, PlanPart
from flowrules.engine.state import CallState
from flowrules.fleet.record_keeper import RecordKeeper, Verdict
from flowrules.fleet.records import Record
from flowrules.fleet.storage.states import RecordState
from flowrules.fleet.wording import in_words
from flowrules.redaction import redact_data
from flowrules.runtime.sending.senders import Before, Sender
from flowrules.verbs import BY_NAME, Effect

RECORD_VERBS = frozenset(
    name for name, verb in BY_NAME.items() if verb.effect is Effect.RECORD and verb.keyed
)
"""Verbs that tell something about a call, and can be tried when it is over. `log` carries no key, so it is not one."""
_TAKEN = "another host of the fleet has taken this record over"
_NO_ANSWER = "the fleet's database does not answer, so another host may send this record"


class CallWatch:
    """Sees what goes on record in a call. `ended` is called when nothing more comes of it."""

    def __init__(
        self, state: CallState, setup: Setup, keeper: RecordKeeper, host: str, ended: Callable[[], None]
    ) -> None:
        self._call, self._started_at = state.call_id, state.started_at
        self._session = state.started_at.isoformat()
        self._setup = setup
        self._keeper = keeper
        self._host = host
        self._ended = ended
        self._owed: dict[str, dict[tuple[str, str], Record]] = {}
        """By event, then by rule and path."""

    def took(self, received: Input) -> None:
        """Of no interest here."""

    def wrote(self, entry: Entry) -> None:
        match entry:
            case Decided(event, _, _, plan):
                owed = [record for part in plan.parts for record in self._records(event.event_id, part)]
                if owed:
                    self._owed[event.event_id] = {(one.rule, one.path): one for one in owed}
                    self._keeper.owe(owed)
            case NotSent(event_id, rule, path, _, receipt):
                if (record := self._owed.get(event_id, {}).pop((rule.id, path), None)) is not None:
                    self._keeper.settle(record, RecordState.DROPPED, in_words(receipt))
            case Received(event_id, rule, path):  # Whoever has sent it has told what became of it.
                self._owed.get(event_id, {}).pop((rule.id, path), None)
            case Settled(outcome):
                for record in self._owed.pop(outcome.event_id, {}).values():
                    self._keeper.settle(record, RecordState.DROPPED, "it was left out")
            case Ended():
                self._ended()
            case _:
                pass

    def _records(self, event_id: str, part: PlanPart) -> list[Record]:
        """The records of a part's own line that are complete now. One that tells of a transfer behind it is untrue
        where that never went out; a hangup is as good as carried out once the host is gone."""
        found = []
        transfers = any(_is_transfer(step) for step in part.steps)
        for step in part.steps:
            if not isinstance(step, PlannedVerb) or step.late or (step.provisional and transfers):
                continue
            request = verb_request(
                step,
                call_id=self._call,
                session_start=self._started_at,
                event_id=event_id,
                rule=part.rule.id,
                by_host=self._setup.by_host(step.verb, step.body),
            )
            if needs_a_word(request) and redact_data(dict(step.body)) == step.body:
                quotes = step.source in (Source.CALLER, Source.MODEL)
                found.append(self._record(event_id, part.rule.id, step.path, request, quotes))
        return found

    def _record(self, event_id: str, rule: str, path: str, request: VerbRequest, quotes: bool) -> Record:
        return record_of(request, self._session, event_id, rule, path, self._host, quotes=quotes)


class FleetSender:
    """Sends what `inner` would. A record only once the database says that nobody else does."""

    def __init__(self, inner: Sender, keeper: RecordKeeper, host: str) -> None:
        self._inner = inner
        self._keeper = keeper
        self._host = host
        self.live = inner.live

    async def send(
        self, request: VerbRequest, *, until: float, before: Before, called_off: asyncio.Event
    ) -> Receipt:
        if not needs_a_word(request) or called_off.is_set():
            return await self._inner.send(request, until=until, before=before, called_off=called_off)
        record = record_of(request, "", "", "", "", self._host, quotes=True)
        match await self._keeper.may_send(record):
            case Verdict.TAKEN:
                return not_sent(Reason.UNAVAILABLE, _TAKEN)
            case Verdict.ASK_LATER:
                return not_sent(Reason.UNAVAILABLE, _NO_ANSWER)
            case Verdict.YES | Verdict.BEYOND:
                pass
        receipt = await self._inner.send(request, until=until, before=before, called_off=called_off)
        state = RecordState.DONE if receipt.left else RecordState.DROPPED
        self._keeper.settle(record, state, in_words(receipt))
        return receipt


def needs_a_word(request: VerbRequest) -> bool:
    """Whether it is a record that another host could send."""
    return request.verb in RECORD_VERBS and request.key is not None and not request.by_host


def record_of(
    request: VerbRequest, session: str, event_id: str, rule: str, path: str, host: str, *, quotes: bool
) -> Record:
    assert request.key is not None
    body = pydantic_core.to_json(redact_data(dict(request.body))).decode()
    return Record(
        request.key, request.call_id, session, event_id, rule, path, request.verb, body, quotes, host
    )


def _is_transfer(step: object) -> bool:
    spec = BY_NAME.get(step.verb) if isinstance(step, PlannedVerb) else None
    return spec is not None and spec.effect is Effect.ENDING and not spec.hangs_up
