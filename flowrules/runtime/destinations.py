"""The host's own fence around places and recordings: it stands above whatever the rules allow."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flowrules.language.names import fold
from flowrules.runtime.settings import Settings

_KINDS = ("destination_type", "participant_type")
_AUDIO = ("audio_url", "moh_url")


class Fence:
    """Says why a verb may not go where it would. One for all calls of an engine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._premium: dict[str, bool] = {}

    def prepare(self) -> None:
        """Load the tables of the world's numbers: 50 ms that no call should feel."""
        if self._settings.deny_premium_rate:
            _is_premium("+12025550123")

    def objection(self, body: Mapping[str, Any]) -> str:
        """A sentence on why the host refuses this body; '' where it does not."""
        kind = next((body[key] for key in _KINDS if key in body), None)
        if kind == "e164":
            return self._number(str(body.get("destination", "")))
        if kind == "sip_uri":
            return self._sip(str(body.get("destination", "")))
        for key in _AUDIO:
            if isinstance(url := body.get(key), str):
                return self._audio(url)
        return ""

    def _number(self, number: str) -> str:
        settings = self._settings
        digits = number.replace(" ", "")
        if digits.startswith(settings.deny_numbers):
            return "the host's deny-list holds this number"
        if settings.allow_numbers is not None and not digits.startswith(settings.allow_numbers):
            return "the host's allow-list does not hold this number"
        if settings.deny_premium_rate and self._is_premium(digits):
            return "the host refuses premium-rate and shared-cost numbers"
        return ""

    def _sip(self, address: str) -> str:
        allowed = self._settings.allow_sip_hosts
        host = fold(sip_host(address))
        if allowed is not None and host not in {fold(name) for name in allowed}:
            return "the host's allow-list does not hold this SIP host"
        return ""

    def _audio(self, url: str) -> str:
        allowed = self._settings.allow_audio_hosts
        host = fold(urlsplit(url).hostname or "")
        if allowed is not None and host not in {fold(name) for name in allowed}:
            return "the host's allow-list does not hold this audio host"
        return ""

    def _is_premium(self, number: str) -> bool:
        known = self._premium.get(number)
        if known is None:
            if len(self._premium) > 10_000:
                self._premium.clear()
            known = self._premium[number] = _is_premium(number)
        return known


def sip_host(address: str) -> str:
    """`pbx.example.com` of `sip:desk@pbx.example.com:5060;transport=tls`."""
    rest = address.partition(":")[2].partition("?")[0].partition(";")[0]
    host = rest.rpartition("@")[2]
    if host.startswith("["):
        return host.partition("]")[0].removeprefix("[")
    return host.partition(":")[0]


def _is_premium(number: str) -> bool:
    # Imported when first needed: who only checks or previews rules does not wait for it.
    import phonenumbers
    from phonenumbers import PhoneNumberType

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    kind = phonenumbers.number_type(parsed)
    return kind in (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)
