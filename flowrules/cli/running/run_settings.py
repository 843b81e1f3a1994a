"""What `flowrules run` is set up with: options, the environment, a file, and where they meet.

An option stands above the environment, the environment above the file, and all of them above what is usual. A name that
nothing has is refused: a slip in `tenant_key` would else be a key that is missing in the middle of a call.
"""

import os
import re
import socket
import stat
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from flowrules.cli.options.host import settings_problem
from flowrules.diagnostics.guess import nearest
from flowrules.kept import SWITCH
from flowrules.rollout.stage import Stage
from flowrules.runtime.settings import PREFIX, Key, Settings

Model = TypeVar("Model", bound=BaseSettings)
CONFIG = f"{PREFIX}CONFIG"
"""Names the file."""
_ELSEWHERE = (CONFIG, SWITCH, f"{PREFIX}COMPLETE", f"{PREFIX}COLLECT_SELDOM")
"""Names of the environment that are no settings, or old ones."""
_OF_KUBERNETES = re.compile(
    rf"{PREFIX}(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)"
)
"""Kubernetes puts such names into the environment of each pod beside a Service whose name begins with `flowrules`."""


class LogFormat(StrEnum):
    """`text`: for people. `json`: an object a line."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class RunSettings(BaseSettings):
    """What the command has beside the engine's own settings."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    listen_host: str = "127.0.0.1"
    """The address that the server listens on. Loopback, unless you name another one."""
    listen_port: int = Field(default=8766, ge=0, le=65535)
    """Its port; 0 takes a free one."""
    agent_token: Key | None = None
    """The bearer that the platform must show when it dials."""
    events_key: Key | None = None
    """Opens `POST /events`, `GET /health`, `GET /metrics` and `POST /rules/accept` to whoever shows it."""
    metrics_key: Key | None = None
    """Opens `GET /metrics` and `GET /health` to whoever shows it."""
    opentelemetry: bool = False
    """Whether spans and numbers go to an OpenTelemetry collector, as the environment's `OTEL_…` say where. It takes the
    extra `otel`."""
    workers: int = Field(default=1, ge=1, le=256, json_schema_extra={"unit": "processes"})
    """Processes that serve the one port, each with calls and a journal of its own (`worker-1` and so on in the
    journal's folder). As many as there are processors is right where calls keep one busy."""
    candidate: Path | None = None
    """Rules that are played beside the live ones: a file or a folder. They decide the `share` of the calls."""
    bundle: SecretStr | None = None
    """Where the rules come from in place of files: the URL of a signed bundle (`flowrules build --sign`), https or
    loopback. It may hold what opens an object store, so it is shown nowhere."""
    bundle_keys: tuple[Path, ...] = ()
    """Files with the public keys (Ed25519, PEM) of which one must have signed a bundle; several, so that keys can be
    replaced one after the other."""
    bundle_token: Key | None = None
    """A bearer that is shown to the server of the bundle."""
    bundle_folder: Path | None = None
    """Where accepted bundles are kept. None: `bundles` in the journal's folder."""
    bundle_every: float = Field(default=30.0, ge=0.05, le=86_400, json_schema_extra={"unit": "seconds"})
    """How often the server is asked for a new bundle."""
    bundle_time: float = Field(default=60.0, gt=0, le=3600, json_schema_extra={"unit": "seconds"})
    """How long one bundle may take to come."""
    bundle_stage: Stage = Stage.LIVE
    """Where a new bundle begins. `live`: it decides all calls. `candidate`: it is played beside the live rules and
    decides the `share` of the calls, until `flowrules rollout` makes the next step."""
    fleet: SecretStr | None = None
    """The database of a fleet to join: postgresql://user:password@host/name, or the path of an SQLite file for several
    processes of one machine. It takes the extra `fleet`."""
    fleet_name: str = Field(default_factory=socket.gethostname, min_length=1, max_length=64)
    """What this host is called in its fleet; each of its processes has an id of its own beside."""
    fleet_beat: float = Field(default=1.0, gt=0, le=60, json_schema_extra={"unit": "seconds"})
    """How often this host gives a sign of life to its fleet."""
    fleet_dead_after: float = Field(default=10.0, gt=0, le=3600, json_schema_extra={"unit": "seconds"})
    """How long no sign of life comes until this host takes over what another one has decided and not sent. At least
    three times `fleet_beat`."""
    fleet_patience: float = Field(default=2.0, gt=0, le=60, json_schema_extra={"unit": "seconds"})
    """How long the fleet's database may take for an answer, until the calls go on without it."""
    fleet_keep: float = Field(default=3600.0, ge=60, json_schema_extra={"unit": "seconds"})
    """How long events and records that are over stay in the fleet's database. An event that is reported again within
    that time gets its first outcome."""
    log_level: LogLevel = LogLevel.INFO
    """From which level on the log is written to standard error."""
    log_format: LogFormat = LogFormat.TEXT
    """How a line of the log is written: `text` for people, `json` as an object a line."""


class BadSettings(Exception):
    """Why they can't be used, in words and without the values."""


def read_settings(
    engine: Mapping[str, Any], run: Mapping[str, Any], config: Path | None
) -> tuple[Settings, RunSettings]:
    """`engine` and `run` are what the options say, by the names of the settings; None: they say nothing. Raises
    BadSettings."""
    refuse_unknown_environment(os.environ)
    told = {} if config is None else read_config(config)
    upper = {name.upper() for name in os.environ}
    told = {name: value for name, value in told.items() if f"{PREFIX}{name.upper()}" not in upper}
    try:
        return _made(Settings, engine, told), _made(RunSettings, run, told)
    except (ValidationError, SettingsError) as error:
        raise BadSettings(settings_problem(error)) from None


def _made(model: type[Model], options: Mapping[str, Any], told: Mapping[str, Any]) -> Model:
    of_file = {name: value for name, value in told.items() if name in model.model_fields}
    return model(**of_file | {name: value for name, value in options.items() if value is not None})


def read_config(path: Path) -> dict[str, Any]:
    """What a TOML file says, by the names of the settings. Raises BadSettings."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            told = tomllib.load(file)
    except OSError as error:
        raise BadSettings(f"{path} can't be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is no TOML: {error}") from None
    known = names()
    for name, value in told.items():
        if name not in known:
            raise BadSettings(f"{path}: {_unknown(name, known)}")
        if isinstance(value, dict):
            raise BadSettings(f"{path}: {name} is one value, and no table")
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO) and (kept := secrets() & told.keys()):
        raise BadSettings(
            f"{path} holds {', '.join(sorted(kept))}, and others may read it: chmod 600 {path}, or name it in the "
            "environment"
        )
    return told


def refuse_unknown_environment(environment: Iterable[str]) -> None:
    """Raises BadSettings for a name that begins as ours do, and is none."""
    known = {f"{PREFIX}{name.upper()}" for name in names()}
    for name in map(str.upper, environment):
        if (
            name.startswith(PREFIX)
            and name not in known | {*_ELSEWHERE}
            and _OF_KUBERNETES.fullmatch(name) is None
        ):
            raise BadSettings(_unknown(name, known))


def names() -> frozenset[str]:
    return frozenset(Settings.model_fields) | frozenset(RunSettings.model_fields)


def secrets() -> frozenset[str]:
    """Settings that no log and no traceback may show."""
    fields = {**Settings.model_fields, **RunSettings.model_fields}
    return frozenset(name for name, field in fields.items() if "SecretStr" in str(field.annotation))


def _unknown(name: str, known: Iterable[str]) -> str:
    guess = nearest(name, sorted(known))
    return f"there is no setting {name}" + (f": did you mean {guess.words()}?" if guess else "")
