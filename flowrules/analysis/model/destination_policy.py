"""The host's own fence around places: it stands above whatever the rules allow.

A host gives it as data. It is asked twice: of every place that stands in the rules when they are loaded
(`analysis/checks/host_places.py`), and of every verb right before it goes out. A host that only runs calls imports no
language for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowrules.analysis.model.number_kinds import COSTLY, NumberKind, kind_of
from flowrules.language.phone_numbers import as_dialled, is_too_short
from flowrules.verbs import AUDIO_FIELDS, BY_NAME, TYPE_FIELDS
from flowrules.verbs.addresses import is_e164, is_sip_uri, sip_host, sip_user, url_host


@dataclass(frozen=True, slots=True)
class DestinationPolicy:
    """Where a host lets callers be sent. Numbers are prefixes such as `+91`. None: whatever the rules allow."""

    allow_numbers: tuple[str, ...] | None = None
    deny_numbers: tuple[str, ...] = ()
    deny_premium_rate: bool = True
    allow_sip_hosts: tuple[str, ...] | None = None
    allow_audio_hosts: tuple[str, ...] | None = None

    def prepare(self) -> None:
        """Load the tables of the world's numbers: 50 ms that no call should feel."""
        if self.deny_premium_rate:
            kind_of("+12025550123")

    def objection(self, body: Mapping[str, Any]) -> str:
        """Why this request may not go where it would, as the end of a sentence; '' where it may."""
        kind = next((body[key] for key in TYPE_FIELDS if key in body), None)
        place = str(body.get("destination", ""))
        if kind == "e164":
            return self._number(place)
        if kind == "sip_uri":
            return self._sip(place)
        for key in AUDIO_FIELDS:
            if isinstance(url := body.get(key), str):
                return self._audio(url)
        if body.get("event") in BY_NAME:
            return ""
        # Nobody knows what the fields of a verb that is not in the catalogue mean.
        places = (value for value in body.values() if isinstance(value, str))
        return next(filter(None, map(self._somewhere, places)), "")

    def _somewhere(self, text: str) -> str:
        if is_sip_uri(text.strip()):
            return self._sip(text.strip())
        number = as_dialled(text)
        if is_too_short(number):
            # `+530` and `0042` are anything; the host's lists are asked of what is written as a number.
            return self._listed(number) if is_e164(text) else ""
        return self._number(number)

    def _listed(self, number: str) -> str:
        if number.startswith(self.deny_numbers):
            return "the host's deny-list holds this number"
        if self.allow_numbers is not None and not number.startswith(self.allow_numbers):
            return "the host's allow-list does not hold this number"
        return ""

    def _number(self, text: str) -> str:
        number = as_dialled(text) or text
        if objection := self._listed(number):
            return objection
        kind = kind_of(number)
        if kind is NumberKind.TOO_SHORT:
            return "no telephone has so short a number, and an emergency number is not reached by a +"
        if self.deny_premium_rate and (costly := COSTLY.get(kind)):
            return f"the host refuses {costly}"
        return ""

    def _sip(self, address: str) -> str:
        if not _is_among(sip_host(address), self.allow_sip_hosts):
            return "the host's allow-list does not hold this SIP host"
        # A gateway dials the number that stands before its name.
        number = as_dialled(sip_user(address))
        return self._number(number) if number else ""

    def _audio(self, url: str) -> str:
        if not _is_among(url_host(url), self.allow_audio_hosts):
            return "the host's allow-list does not hold this audio host"
        return ""


DEFAULT_POLICY = DestinationPolicy()
"""Of a host that has said nothing: no numbers that cost more than a call to somebody's line."""


def _is_among(host: str, allowed: tuple[str, ...] | None) -> bool:
    # Not folded as texts are: another letter is another host.
    return allowed is None or host.lower() in {name.lower() for name in allowed}
