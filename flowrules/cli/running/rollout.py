"""`flowrules rollout`: the steps of a rollout, at a running host."""

import getpass
import json
import os
from datetime import datetime
from typing import Annotated, Any

import httpx
import typer

from flowrules.cli.options.files import fail
from flowrules.cli.terminal.screen import say
from flowrules.control.address import checked_base_url
from flowrules.control.errors import UnsafeAddress
from flowrules.runtime.settings import PREFIX

rollout = typer.Typer(
    no_args_is_help=True,
    help="Show a rollout of rules, and make its next step, at a host that runs with --bundle.",
)
_KEY = f"{PREFIX}EVENTS_KEY"
_Host = Annotated[str, typer.Option("--host", help="Where the host listens: https, or loopback.")]
_Author = Annotated[str, typer.Option(help="Who makes the step. Default: your name on this machine.")]
_Reason = Annotated[str, typer.Option(help="Why. It goes on record in the journal.")]
_Sure = Annotated[
    bool, typer.Option("--sure", help="The rules may lose guard rails and promises: it is meant so.")
]
_Digest = Annotated[str, typer.Argument(help="The bundle's digest, or the beginning of it.")]
_HOST = "http://127.0.0.1:8766"
_PATIENCE = 30.0
"""Seconds for an answer."""


@rollout.command()
def show(
    host: _Host = _HOST, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """Which bundles are live, played, kept; and who made which step, when and why."""
    told = _ask(host, None)
    if as_json:
        say(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        return
    _show(told)


@rollout.command()
def candidate(digest: _Digest, reason: _Reason, author: _Author = "", host: _Host = _HOST) -> None:
    """Play a kept bundle beside the live rules. It sends nothing."""
    _step(host, "candidate", author, reason, digest=digest)


@rollout.command()
def share(
    percent: Annotated[float, typer.Argument(min=0, max=100, help="Of the calls that begin from now on.")],
    reason: _Reason,
    author: _Author = "",
    sure: _Sure = False,
    host: _Host = _HOST,
) -> None:
    """Let the candidate decide so many percent of the calls. No call changes sides while it lives."""
    _step(host, "share", author, reason, share=percent, sure=sure)


@rollout.command("all")
def decide_all(reason: _Reason, author: _Author = "", sure: _Sure = False, host: _Host = _HOST) -> None:
    """Let the candidate be the live rules."""
    _step(host, "all", author, reason, sure=sure)


@rollout.command()
def withdraw(reason: _Reason, author: _Author = "", host: _Host = _HOST) -> None:
    """End the candidate. Calls that it decides go on by its rules until they end."""
    _step(host, "withdraw", author, reason)


@rollout.command()
def back(
    digest: _Digest, reason: _Reason, author: _Author = "", sure: _Sure = False, host: _Host = _HOST
) -> None:
    """Let a bundle that was accepted before be live again, and use no new one until `follow`."""
    _step(host, "back", author, reason, digest=digest, sure=sure)


@rollout.command()
def follow(reason: _Reason, author: _Author = "", host: _Host = _HOST) -> None:
    """Use the newest bundle again, after a step back."""
    _step(host, "follow", author, reason)


def _step(host: str, step: str, author: str, reason: str, **more: Any) -> None:
    _show(_ask(host, {"step": step, "author": author or _me(), "reason": reason, **more}))


def _ask(host: str, body: dict[str, Any] | None) -> dict[str, Any]:
    key = os.environ.get(_KEY, "")
    if not key:
        fail(f"{_KEY} is not set: the host opens its rollout to whoever shows it.")
    try:
        base = checked_base_url(host)
    except UnsafeAddress as error:
        fail(f"{error}.")
    try:
        with httpx.Client(
            trust_env=False, timeout=_PATIENCE, headers={"Authorization": f"Bearer {key}"}
        ) as client:
            url = f"{base}/rollout"
            answer = client.get(url) if body is None else client.post(url, json=body)
    except httpx.HTTPError as error:
        fail(f"{base} gives no answer: {type(error).__name__}")
    if answer.status_code == httpx.codes.NOT_FOUND:
        fail(f"{base} runs without --bundle, so there is no rollout.")
    try:
        told: dict[str, Any] = answer.json()
    except ValueError:
        fail(f"{base} answered {answer.status_code}, and no JSON.")
    if answer.status_code != httpx.codes.OK:
        typer.echo(f"Not done: {told.get('detail', answer.status_code)}", err=True)
        raise typer.Exit(1)
    return told


def _show(told: dict[str, Any]) -> None:
    for warning in told["warnings"]:
        say(f"WARNING: {warning}\n")
    for bundle in sorted(told["bundles"], key=lambda one: str(one["issued"]), reverse=True):
        digest = bundle["digest"]
        use = "live" if digest == told["live"] else ""
        if digest == told["candidate"]:
            use = f"candidate, {told['share']:g} % of the calls" if told["share"] else "candidate, in shadow"
        say(
            f"{digest[:12]}  revision {bundle['revision']}  issued {_at(bundle['issued'])}  {use}".rstrip()
            + "\n"
        )
    say("\n")
    for step in told["steps"]:
        share = f" {step['share']:g} %" if step["step"] == "share" else ""
        who = f" by {step['author']}" if step["author"] else ""
        why = f": {step['reason']}" if step["reason"] else ""
        say(f"{_at(step['at'])}  {step['step']}{share} {step['digest'][:12]}{who}{why}\n")


def _at(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"


def _me() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        fail("Say who makes the step: --author NAME.")
