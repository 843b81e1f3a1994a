"""What kind of line a telephone number reaches, and which kinds cost more than a call to somebody's line.

The world's numbers are those of Google's libphonenumber; what it does not tell apart stands in the tables below.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from flowrules.language.phone_numbers import is_too_short


class NumberKind(StrEnum):
    """Kinds of lines, as the subject of a sentence."""

    ORDINARY = "an ordinary number"
    TOLL_FREE = "a toll-free number"
    SERVICE = "a service line at the price of a local call"
    COMPANY = "a company's number for the whole country"
    INTERNET = "a number of an internet telephone"
    PAGER = "a pager or a mailbox"
    PREMIUM = "a premium-rate number"
    SHARED_COST = "a shared-cost number"
    PERSONAL = "a personal number, which is passed on to another at any price"
    SATELLITE = "a satellite telephone"
    NETWORK = "a number of an international network, such as a ship's or a plane's"
    TOO_SHORT = "an emergency or another short number"


COSTLY: Mapping[NumberKind, str] = {
    NumberKind.PREMIUM: "premium-rate numbers",
    NumberKind.SHARED_COST: "shared-cost numbers",
    NumberKind.PERSONAL: "personal numbers, which are passed on to others at any price",
    NumberKind.SATELLITE: "satellite telephones",
    NumberKind.NETWORK: "numbers of international networks",
}
"""What `deny_premium_rate` refuses, by kind."""
_WORLDWIDE: Mapping[int, NumberKind] = {
    800: NumberKind.TOLL_FREE,
    808: NumberKind.SHARED_COST,
    870: NumberKind.SATELLITE,  # Inmarsat
    878: NumberKind.PERSONAL,
    881: NumberKind.SATELLITE,  # Iridium, Globalstar
    882: NumberKind.NETWORK,  # Thuraya, ships, planes
    883: NumberKind.NETWORK,
    888: NumberKind.NETWORK,
    979: NumberKind.PREMIUM,
}
"""Codes that belong to no country (ITU-T E.164, the list of assigned codes)."""
_AT_LOCAL_PRICE: Mapping[int, str] = {91: "1860", 61: "13", 55: "(?:4|300)"}
"""Lines that libphonenumber calls shared-cost and whose caller pays for a local call, by the country's code."""


@lru_cache(maxsize=10_000)
def kind_of(number: str) -> NumberKind:
    """The kind of line behind + and digits."""
    if is_too_short(number):
        return NumberKind.TOO_SHORT
    # Imported when first needed: rules that dial nobody do not wait for it.
    import phonenumbers
    from phonenumbers import PhoneNumberType as Type

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return NumberKind.ORDINARY
    country = parsed.country_code or 0
    if country in _WORLDWIDE:
        return _WORLDWIDE[country]
    # An exchange dials the first digits of a number that is too long.
    phonenumbers.truncate_too_long_number(parsed)
    kind = phonenumbers.number_type(parsed)
    if kind == Type.SHARED_COST and re.match(
        _AT_LOCAL_PRICE.get(country, "(?!)"), str(parsed.national_number)
    ):
        return NumberKind.SERVICE
    return {
        Type.TOLL_FREE: NumberKind.TOLL_FREE,
        Type.PREMIUM_RATE: NumberKind.PREMIUM,
        Type.SHARED_COST: NumberKind.SHARED_COST,
        Type.PERSONAL_NUMBER: NumberKind.PERSONAL,
        Type.VOIP: NumberKind.INTERNET,
        Type.UAN: NumberKind.COMPANY,
        Type.PAGER: NumberKind.PAGER,
        Type.VOICEMAIL: NumberKind.PAGER,
    }.get(kind, NumberKind.ORDINARY)
