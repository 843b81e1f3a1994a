"""What the host carries out itself: verbs that it serves, and the agent's own voice.

A handler is an async function of the host. It is told what is to be done and answers what came of it. It gets no token
of the platform, and it is called once for each request: what it may have done is never done again. While it runs the
plan waits; where its time is over, or the call has ended, it is cancelled, and may still answer on its way out.
"""

import asyncio
import inspect
import re
import traceback
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from flowrules.call.receipt import Reason, Receipt, Status, dropped, no_answer, not_sent
from flowrules.call.request import VerbRequest
from flowrules.call.said import HEARD
from flowrules.control.clock import Clock, first_completed
from flowrules.diagnostics.guess import nearest
from flowrules.engine.planning.receipts import INTERRUPTED, spoken
from flowrules.redaction import redact, redact_data
from flowrules.runtime.errors import WaitsForItself
from flowrules.runtime.log import Log
from flowrules.runtime.sending.answers import VerbAnswer as VerbAnswer
from flowrules.runtime.sending.answers import VoiceAnswer as VoiceAnswer
from flowrules.runtime.sending.answers import told
from flowrules.runtime.sending.senders import Before, Sender
from flowrules.verbs import BY_NAME, WORDS

_LEAST_TIME = 2.0
"""Seconds that a handler has, however little of its time was left when it was called."""
_FAREWELL = 1.0
"""Seconds that a cancelled handler has to answer what came of it."""
_TOO_LATE = "the deadline came before it was carried out"
_CALLED_OFF = "it was called off before it was carried out"
_VOICE = "voice"
"""What the handler that speaks is called in messages."""
_NO_VOICE = "the host's voice is to speak it, and none is given"

_NUMBER = re.compile(r"\d(?:[ -]?\d){5,}")
"""Of a card, a telephone, a code: an error of the host's may quote what it was given, and a log is read by many."""
_HIDDEN = "[number]"

_log = Log(__name__)
_served: WeakKeyDictionary["asyncio.Task[object]", str] = WeakKeyDictionary()
"""Tasks that are handlers or voices, and the calls that wait for them."""
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class HostVerb:
    """A verb that the host is to carry out. `body` is a copy of what the platform would be sent: `{"event": "transfer",
    "destination_type": "sip_uri", …}` (docs/verbs.md). `step` names the step for as long as there are journals: a host
    that keeps it can tell a verb that it knows. `seconds`: the time that is left for it."""

    call_id: str
    verb: str
    body: Mapping[str, Any] = field(repr=False)
    step: str
    seconds: float


@dataclass(frozen=True, slots=True)
class HostSay:
    """A sentence that the agent's own voice is to speak. `voice` is the one that the rule names, '' for the usual one.
    `step` names the step, as in `Said`. `seconds`: the time that is left for it, its own length included."""

    call_id: str
    text: str = field(repr=False)
    voice: str
    step: str
    seconds: float


@dataclass(frozen=True, slots=True)
class _NoAnswer:
    """A handler has not answered."""

    why: str


VerbHandler = Callable[[HostVerb], Awaitable[VerbAnswer]]
Voice = Callable[[HostSay], Awaitable[VoiceAnswer]]


@dataclass(slots=True)
class Voices:
    """The voice of one call. `usual` is the engine's, which it has as long as it is given no other."""

    usual: Voice | None = None
    voice: Voice | None = field(init=False)

    def __post_init__(self) -> None:
        self.be_usual()

    def be_usual(self) -> None:
        self.voice = self.usual


def check_waiting(call_id: str) -> None:
    """Raises WaitsForItself where the task that runs is a handler, or a voice, which this call waits for."""
    task = asyncio.current_task()
    if task is not None and _served.get(task) == call_id:
        raise WaitsForItself(
            "the call waits for this handler, so the handler can't wait for the call: report with `post`, "
            "and wait for what comes of it elsewhere"
        )


def checked_handlers(verbs: Mapping[str, VerbHandler]) -> dict[str, VerbHandler]:
    """Raises ValueError for what is no verb, with a guess, and for what is no handler."""
    for name in verbs:
        if name in BY_NAME:
            continue
        if name in WORDS:
            verb = WORDS[name].name
            raise ValueError(
                f'"{name}" is a way to write {verb}: serve "{verb}", or set `say` to "host" for a voice of your own'
            )
        question = nearest(str(name), BY_NAME).question()
        raise ValueError(f'verbs: "{name}" is no verb of the platform. {question}'.rstrip())
    return {name: checked_handler(name, handler) for name, handler in verbs.items()}


def checked_handler(name: str, handler: A) -> A:
    """Raises ValueError for what can't be awaited for sure."""
    given: Any = handler
    if not callable(given) or inspect.isclass(given):
        raise ValueError(f"the handler of {name} is an async function")
    function = given.__func__ if inspect.ismethod(given) else given
    awaited = not inspect.isfunction(function) or inspect.iscoroutinefunction(function)
    if not awaited and function.__name__ != "<lambda>":
        raise ValueError(f"the handler of {name} is no async function: write `async def {function.__name__}`")
    return handler


class HostSender:
    """One call's way out where the host carries something out itself. All else goes to `otherwise`."""

    live = True

    def __init__(
        self,
        verbs: Mapping[str, VerbHandler],
        voices: Voices | None,
        otherwise: Sender,
        clock: Clock,
    ) -> None:
        """`voices`: None where the platform speaks."""
        self._verbs = verbs
        self._voices = voices
        self._otherwise = otherwise
        self._clock = clock

    async def send(
        self, request: VerbRequest, *, until: float, before: Before, called_off: asyncio.Event
    ) -> Receipt:
        if not request.by_host:
            return await self._otherwise.send(request, until=until, before=before, called_off=called_off)
        if called_off.is_set():
            return dropped(_CALLED_OFF)
        if self._clock.monotonic() >= until:
            return not_sent(Reason.LATE, _TOO_LATE)
        text = spoken(request.verb, request.body)
        if self._voices is None or text is None:
            return await self._serve(request, until, before, called_off)
        return await self._say(request, text, until, before, called_off)

    async def _serve(
        self, request: VerbRequest, until: float, before: Before, called_off: asyncio.Event
    ) -> Receipt:
        """A verb. Once it is called off it is awaited all the same, as what is on the wire is."""
        if not await before():
            return dropped(_CALLED_OFF)
        handler, verb = self._verbs[request.verb], request.verb
        left = self._left(until)
        asked = HostVerb(request.call_id, verb, deepcopy(request.body), request.key or "", left)
        answer = await self._answer(request.call_id, verb, lambda: handler(asked), left, None)
        match answer:
            case VerbAnswer(Status.ACCEPTED, reply=reply):
                return Receipt(Status.ACCEPTED, result=redact_data(dict(reply)), attempts=1)
            case VerbAnswer(Status.REFUSED, reason, message):
                return not_sent(reason or Reason.REFUSED, redact(message), attempts=1)
            case VerbAnswer(_, _, message):
                return no_answer(redact(message) or "the host does not know what became of it", 1)
            case _NoAnswer(why):
                return no_answer(why, 1)
            case _:
                return self._failed(request, verb, answer)

    async def _say(
        self, request: VerbRequest, text: str, until: float, before: Before, called_off: asyncio.Event
    ) -> Receipt:
        """A sentence. Once it is called off the voice is cut off."""
        voice = self._voices.voice if self._voices is not None else None
        if voice is None:
            return not_sent(Reason.NOT_CONFIGURED, _NO_VOICE)
        if not await before():
            return dropped(_CALLED_OFF)
        left, named = self._left(until), request.body.get("voice") or ""
        asked = HostSay(request.call_id, text, named, request.key or "", left)
        answer = await self._answer(request.call_id, _VOICE, lambda: voice(asked), left, called_off)
        match answer:
            case VoiceAnswer("spoken"):
                return Receipt(Status.ACCEPTED, attempts=1)
            case VoiceAnswer("interrupted", heard):
                words = {} if heard is None else {HEARD: redact(heard)}
                return Receipt(Status.ACCEPTED, result={INTERRUPTED: True, **words}, attempts=1)
            case VoiceAnswer("failed", _, reason, message):
                return not_sent(reason, redact(message), attempts=1)
            case _NoAnswer(why):
                return no_answer(why, 1)
            case _:
                return self._failed(request, _VOICE, answer)

    def _left(self, until: float) -> float:
        return max(_LEAST_TIME, until - self._clock.monotonic())

    async def _answer(
        self,
        call_id: str,
        name: str,
        handler: Callable[[], object],
        seconds: float,
        called_off: asyncio.Event | None,
    ) -> object:
        """What a handler answers, the exception that it raises, or _NoAnswer. `called_off` cuts it off."""
        task = asyncio.ensure_future(_called(handler))
        _served[task] = call_id
        try:
            cut = () if called_off is None else (called_off.wait(),)
            ended = await first_completed(_done(task), self._clock.sleep(seconds), *cut)
            if not task.done():
                task.cancel()
                await first_completed(_done(task), self._clock.sleep(_FAREWELL))
        except asyncio.CancelledError:
            task.cancel()
            task.add_done_callback(_let_go)
            raise
        why = "it was cut off" if ended == 2 else f"the handler of {name} has not answered in time"
        if not task.done():
            _log.warning("handler.overdue", handler=name)
            task.add_done_callback(_let_go)
            return _NoAnswer(why)
        if task.cancelled():
            return _NoAnswer(why) if ended else asyncio.CancelledError()
        return task.exception() or task.result()

    def _failed(self, request: VerbRequest, name: str, answer: object) -> Receipt:
        """A handler that raised, or answered something else, may have acted: of an ending nobody knows. What else it
        is fails as `unavailable`."""
        if isinstance(answer, BaseException):
            message = f"the handler of {name} has failed: {type(answer).__name__}"
            _log.warning(
                "handler.broken",
                call=request.call_id,
                problem=f"{message}: {_NUMBER.sub(_HIDDEN, told(answer))}",
                at=_place(answer),
            )
        else:
            wanted = VoiceAnswer if name == _VOICE else VerbAnswer
            message = f"the handler of {name} has answered with {type(answer).__name__}, no {wanted.__name__}"
            _log.warning("handler.broken", call=request.call_id, problem=message)
        receipt = no_answer(message, 1)
        return receipt if request.ends else replace(receipt, reason=Reason.UNAVAILABLE)


def _place(error: BaseException) -> str:
    """Where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


async def _called(handler: Callable[[], object]) -> object:
    """What a handler answers; also one that is a plain function behind a wrapper, and has answered already."""
    answer = handler()
    return await answer if inspect.isawaitable(answer) else answer


async def _done(task: "asyncio.Task[object]") -> None:
    """Wait for a task without cancelling it where the wait is cancelled."""
    await asyncio.wait((task,))


def _let_go(task: "asyncio.Task[object]") -> None:
    """Nobody asks any more what has become of it."""
    if not task.cancelled():
        task.exception()
