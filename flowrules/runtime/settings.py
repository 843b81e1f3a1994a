"""What a host sets: in code, or in the environment under `FLOWRULES_…`."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field, FilePath, JsonValue, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.control.credentials import TokenLifetime, is_sendable
from flowrules.control.wires import WireChoice

_SEPARATORS = re.compile(r"[ ().-]")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")


def _prefix(text: str) -> str:
    plain = _SEPARATORS.sub("", text)
    if _PREFIX.fullmatch(plain) is None:
        # A fence that no number can match would keep nothing out.
        raise ValueError("a prefix of numbers is + and digits, country code first, such as +91")
    return plain


def checked_key(secret: SecretStr) -> SecretStr:
    """A key or bearer, if a header can carry it. One that is set and empty is a slip: taken for none, it would open to
    everybody what it is to keep. Raises ValueError, without its text."""
    if not is_sendable(secret):
        raise ValueError(
            "a key is 1 to 2048 visible ASCII characters, without blanks; leave it out where there is none"
        )
    return secret


def _not_empty(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value():
        raise ValueError("it is empty: leave it out where there is none")
    return secret


PREFIX = "FLOWRULES_"
"""Of the names in the environment."""
_OLD_NAME = ("collect_seldom", "FLOWRULES_COLLECT_SELDOM")
"""What `tune_gc` was called before; deprecated."""
Key = Annotated[SecretStr, AfterValidator(checked_key)]
"""What is shown in a header."""
NumberPrefix = Annotated[str, AfterValidator(_prefix)]
_SECONDS: dict[str, JsonValue] = {"unit": "seconds"}
Seconds = Annotated[float, Field(gt=0, le=3600, json_schema_extra=_SECONDS)]


class Mode(StrEnum):
    """What a decision leads to. Only `live` has a client that could send.

    `shadow` goes through every plan in real time, waits included, as if the platform accepted everything.
    `dry_run` does the same without waiting.
    """

    LIVE = "live"
    SHADOW = "shadow"
    DRY_RUN = "dry_run"


class SayBy(StrEnum):
    """Whose voice speaks what rules `say`: the platform's, or the agent's own."""

    PLATFORM = "platform"
    HOST = "host"


class Fsync(StrEnum):
    """When the journal is on the disk. `always`: before a verb goes out, so that a power cut loses no intent.
    `interval`: once a second. `never`: when the system likes; a crash of this process loses no intent all the same."""

    ALWAYS = "always"
    INTERVAL = "interval"
    NEVER = "never"


class Settings(BaseSettings):
    """Durations are in seconds."""

    # A key that can't be one is still nobody's to read in a log.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    mode: Mode = Mode.LIVE
    """What a decision leads to. `live`: verbs are sent. `shadow`: plans run in real time, waits included, as if the
    platform accepted everything. `dry_run`: the same without waiting."""

    # --- the platform ---
    base_url: str = "https://api.yotel.in"
    """Where verbs go, the control API: https, or loopback."""
    tenant_key: Key | None = None
    """For revoking tokens and for reads; for verbs only with `tenant_key_fallback`."""
    tenant_key_fallback: bool = False
    """Whether verbs may go out with the tenant key when the call's own token is refused or too old."""
    token_lifetime: TokenLifetime = TokenLifetime.REFRESHED
    """How long a call's token lives, as the platform has it for this agent. `refreshed`: a new one comes in the frames.
    `ws_session`: as long as the WebSocket."""
    keys_enforced: bool = False
    """Your word that the platform answers a repeated Idempotency-Key from its memory. Only then is a verb that may
    have acted sent again."""
    agent_as_queue: bool = False
    """Send a target `agent` as `agent_queue`, for tenants whose platform refuses `agent`."""
    requests_per_second: int = Field(default=10, ge=1, json_schema_extra={"unit": "requests a second"})
    """A call's pace: the platform takes no more of one call."""
    tenant_requests_per_minute: int = Field(
        default=600, ge=1, json_schema_extra={"unit": "requests a minute"}
    )
    """The pace of requests with the tenant key."""
    connections: int = Field(default=100, ge=1, le=10_000, json_schema_extra={"unit": "connections"})
    """Open to the platform at once, at most."""
    connect_timeout: Seconds = 5.0
    """How long a connection may take to stand."""
    read_timeout: Seconds = 10.0
    """How long the platform may be silent in the middle of an answer."""
    request_timeout: Seconds = 15.0
    """How long one request may take in all."""
    wire: WireChoice = WireChoice.AUTO
    """The library that speaks HTTP. `auto`: pyreqwest where it is installed (extra `fast`), else httpx."""
    ca_file: FilePath | None = None
    """Certificates (PEM) of authorities that are trusted beside the system's and Mozilla's."""

    # --- a call ---
    plan_deadline: Seconds = 30.0
    """For all the sending and repeating of one event's plan. Waits that the rules ask for do not count, and what is to
    be done about a step that failed has as long again."""
    step_patience: Seconds = 8.0
    """How long the caller waits for one step that has not been accepted, repeats included, before it has failed. A rule
    may say less or more: `transfer queue sales within 5 seconds`."""
    speech_wait: Seconds = 10.0
    """How long an ending verb waits for the bot to finish speaking."""
    say: SayBy = SayBy.PLATFORM
    """Whose voice speaks what rules `say`. `host`: the one that is given to the engine (`voice=`) or to the call
    (`speak_with`)."""
    key_pause: Seconds = 3.0
    """An entry of several keys is over when no key comes for so long."""
    reconnect_within: float = Field(default=0.0, ge=0, le=3600, json_schema_extra=_SECONDS)
    """A call whose connection is gone is the same call if it comes again under its id within so long; 0: it is over,
    and another one is a new call."""
    queue_size: int = Field(default=64, ge=1, json_schema_extra={"unit": "events"})
    """Events that may wait while a call's plan runs."""
    verbs_per_event: int = Field(default=20, ge=1, json_schema_extra={"unit": "verbs"})
    """A brake: so many one event may lead to, with what it raises."""
    verbs_per_call: int = Field(default=200, ge=1, json_schema_extra={"unit": "verbs"})
    """A brake: so many may be sent in one call."""

    # --- the process ---
    tune_gc: bool = Field(
        default=False, validation_alias=AliasChoices("tune_gc", "FLOWRULES_TUNE_GC", *_OLD_NAME)
    )
    """Whether the process is tuned for calls, Python's collector and how often threads take turns: with a thousand
    live calls each look through the whole heap stops the event loop for a tenth of a second. Both are the whole
    process's, so a library leaves them alone unless its host says so. `flowrules run` does."""
    drain: float = Field(default=30.0, ge=0, le=3600, json_schema_extra=_SECONDS)
    """How long live calls may go on when `flowrules run` is told to end."""

    # --- where callers may be sent, above what the rules allow ---
    allow_numbers: tuple[NumberPrefix, ...] | None = None
    """Prefixes of numbers that may be dialled, such as `+91`. None: what the rules allow."""
    deny_numbers: tuple[NumberPrefix, ...] = ()
    """Prefixes of numbers that are never dialled."""
    deny_premium_rate: bool = True
    """Refuse numbers that cost more than a call to somebody's line: premium-rate, shared-cost, personal and satellite
    numbers, and those of international networks."""
    allow_sip_hosts: tuple[str, ...] | None = None
    """Hosts to which calls may be transferred by SIP. None: what the rules allow."""
    allow_audio_hosts: tuple[str, ...] | None = None
    """Hosts from which recordings may be played. None: what the rules allow."""

    # --- the journal ---
    journal: Path | None = None
    """A folder for the journal. None: nothing is written down."""
    journal_fsync: Fsync = Fsync.ALWAYS
    """When the journal is on the disk. `always`: before a verb goes out, so that a power cut loses no intent.
    `interval`: once a second. `never`: when the system likes."""
    journal_max_bytes: int = Field(default=64 * 1024 * 1024, ge=4096, json_schema_extra={"unit": "bytes"})
    """A file that has grown beyond this, or is a day old, is closed, and a new one begun."""
    journal_keep_days: int | None = Field(default=90, ge=1, json_schema_extra={"unit": "days"})
    """Closed files older than this are deleted. None: never."""
    journal_key: Annotated[SecretStr, AfterValidator(_not_empty)] | None = None
    """What masked values are digested with. None: a key of the journal's own, kept beside it."""
    mask: tuple[str, ...] = ()
    """Facts whose values are masked in the journal; what the caller said and card numbers always are."""

    # --- reload ---
    test_gate: bool = True
    """Whether rules go live only if the tests in their own files pass, and no short story breaks a promise."""
    story_seconds: float = Field(default=0.5, ge=0, json_schema_extra=_SECONDS)
    """How long such stories are played, at most; 0: not at all."""
    watch: bool = True
    """Whether edits of the rules go live by themselves."""
    hold_shrunken: bool = True
    """Whether rules wait for a second look that lose guard rails, promises, declarations, urgent rules, a whole file,
    or more than half of the rules."""
    settle_time: Seconds | None = Field(default=10.0, json_schema_extra=_SECONDS)
    """How long rules that lose something lie unchanged before they go live by themselves, where no file looks
    unfinished. None: never."""
    last_good: bool = True
    """Whether the rules that are live are kept beside the journal, so that a start whose rules on disk are broken runs
    on the last good ones."""
    share: float = Field(default=0.0, ge=0, le=100, json_schema_extra={"unit": "percent of the calls"})
    """How many of the calls a candidate decides, by a hash of the call id; 0: it is played beside them and sends
    nothing. A call never changes sides."""
    load_time_limit: Seconds = 20.0
    """How long the check of edited rules may take, and how long a gate."""
    check_apart: bool = True
    """Whether edited rules are checked in a process of their own, started for the first edit: the calls feel nothing
    of it."""

    @property
    def fence(self) -> DestinationPolicy:
        """Where callers may be sent, as data."""
        return DestinationPolicy(
            self.allow_numbers,
            self.deny_numbers,
            self.deny_premium_rate,
            self.allow_sip_hosts,
            self.allow_audio_hosts,
        )

    @property
    def agent_type(self) -> str:
        """What the target `agent` is sent as."""
        return "agent_queue" if self.agent_as_queue else "agent"
