"""Records that another host had decided: each is tried once, with the tenant key."""

import pydantic_core

from flowrules.call.receipt import Reason, Receipt, not_sent
from flowrules.call.request import VerbRequest
from flowrules.control.client import ControlClient
from flowrules.control.clock import Clock
from flowrules.control.credentials import CallCredentials, TenantKey
from flowrules.control.errors import ControlError
from flowrules.fleet.records import Record
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.entry_json import fate_shown
from flowrules.runtime.journal.masking import as_json
from flowrules.runtime.journal.writing.writer import Journal

_AT_MOST_FOR_DISK = 5.0
"""Seconds that the journal's disk has."""


class Trial:
    """One host's way to the platform, for records of others."""

    def __init__(
        self,
        control: ControlClient,
        key: TenantKey,
        clock: Clock,
        journal: Journal | None,
        *,
        deadline: float,
        masks: bool,
    ) -> None:
        """`deadline` is in seconds; `masks`: the host masks facts of its own in journals."""
        self._control, self._key, self._clock = control, key, clock
        self._journal = journal
        self._deadline = deadline
        self._masks = masks

    async def send(self, record: Record) -> Receipt:
        """Try it. That the call has ended by now (409) is an outcome like others. The intent is in this host's journal
        before the request leaves."""
        request = VerbRequest(record.call, pydantic_core.from_json(record.body), record.key)
        credentials = CallCredentials(record.call, self._clock, fallback=self._key)
        credentials.close()
        step = {"event": record.event, "rule": record.rule, "path": record.path}
        step |= {"verb": record.verb, "key": record.key}
        names = {"call": record.call, "session": record.session}
        # This host may itself have decided it, and the call may go on: this is no part of what the call does.
        tried = {"tried_for": record.host}
        intended = False

        async def before() -> bool:
            nonlocal intended
            if self._journal is not None and not intended:
                shown = as_json({"body": self._shown(record, request), **tried})
                await self._journal.commit_json(
                    "sending",
                    as_json(names),
                    as_json(step),
                    shown,
                    about=names | step,
                    at_most=_AT_MOST_FOR_DISK,
                )
            intended = True
            return True

        until = self._clock.monotonic() + self._deadline
        try:
            receipt = await self._control.send(request, credentials, until=until, before=before)
        except (JournalError, ControlError) as error:
            receipt = not_sent(Reason.UNAVAILABLE, str(error))
        if self._journal is not None and intended:
            fate = {**fate_shown(receipt), "message": receipt.status.value, **tried}
            self._journal.note_json(
                "receipt",
                as_json(names),
                as_json(step),
                as_json(fate),
                about=names | step | {"status": fate["status"]},
            )
        elif self._journal is not None:
            message = f"{record.verb}, which another host had decided, was not sent: {receipt.reason}"
            self._journal.note("note", message=message, **names, event=record.event)
        return receipt

    def _shown(self, record: Record, request: VerbRequest) -> dict[str, object]:
        """The body as a journal may show it."""
        if self._journal is None or not (record.quotes or self._masks):
            return dict(request.body)
        mask = self._journal.masker.digest
        return {name: told if name == "event" else mask(told) for name, told in request.body.items()}
