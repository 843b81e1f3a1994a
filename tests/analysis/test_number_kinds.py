"""What kind of line a number reaches, which kinds the host refuses, and numbers however they are spelled."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.analysis.model.number_kinds import COSTLY, NumberKind, kind_of
from flowrules.language.phone_numbers import as_dialled

EXAMPLES = {
    NumberKind.ORDINARY: ("+911234567890", "+919812345678", "+442071234567", "+12025550123"),
    NumberKind.TOLL_FREE: ("+18005550123", "+80012345678"),
    NumberKind.SERVICE: ("+9118601234567", "+611300123456", "+61131234", "+5540041234"),
    NumberKind.COMPANY: ("+81570123456",),
    NumberKind.INTERNET: ("+815012345678",),
    NumberKind.PAGER: ("+447640123456",),
    NumberKind.PREMIUM: ("+19005551234", "+449098790000", "+448711234567", "+979123456789"),
    NumberKind.SHARED_COST: ("+4918051234567", "+80812345678"),
    NumberKind.PERSONAL: ("+447012345678", "+15005550123", "+878101234567890"),
    NumberKind.SATELLITE: ("+870773123456", "+881612345678", "+881812345678"),
    NumberKind.NETWORK: ("+88216123456", "+88299123456", "+883510001234567"),
    NumberKind.TOO_SHORT: ("+112", "+911", "+91100", "+44999", "+353112"),
}
"""Numbers of every kind; the ranges are those of national plans and of ITU-T E.164."""


def test_every_kind_has_examples() -> None:
    assert set(EXAMPLES) == set(NumberKind)


@pytest.mark.parametrize(
    ("kind", "number"), [(kind, number) for kind, some in EXAMPLES.items() for number in some]
)
def test_the_kind_of_a_number_and_whether_it_is_refused(kind: NumberKind, number: str) -> None:
    assert kind_of(number) is kind
    objection = DestinationPolicy().objection(
        {"event": "transfer", "destination_type": "e164", "destination": number}
    )
    free = DestinationPolicy(deny_premium_rate=False).objection(
        {"event": "transfer", "destination_type": "e164", "destination": number}
    )
    if kind is NumberKind.TOO_SHORT:
        assert "emergency" in objection
        assert "emergency" in free
    else:
        assert objection == (f"the host refuses {COSTLY[kind]}" if kind in COSTLY else "")
        assert free == ""


@pytest.mark.parametrize(
    ("of_library", "kinds"),
    [
        (PhoneNumberType.PREMIUM_RATE, {NumberKind.PREMIUM}),
        (PhoneNumberType.SHARED_COST, {NumberKind.SHARED_COST, NumberKind.SERVICE}),
        (PhoneNumberType.PERSONAL_NUMBER, {NumberKind.PERSONAL}),
        (PhoneNumberType.TOLL_FREE, {NumberKind.TOLL_FREE}),
        (PhoneNumberType.UAN, {NumberKind.COMPANY}),
        (PhoneNumberType.FIXED_LINE, {NumberKind.ORDINARY}),
        (PhoneNumberType.MOBILE, {NumberKind.ORDINARY}),
    ],
)
def test_the_example_of_every_country_has_its_kind(of_library: int, kinds: set[NumberKind]) -> None:
    seen = 0
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(region, of_library)
        if example is None or phonenumbers.number_type(example) != of_library:
            continue
        number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        if len(number) > 7:
            seen += 1
            assert kind_of(number) in kinds, number
    assert seen > 10


def test_no_country_has_numbers_as_short_as_the_ones_refused() -> None:
    """Every region's shortest example of a line is long enough."""
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is not None:
                number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
                assert kind_of(number) is not NumberKind.TOO_SHORT, number


PREMIUM = "+19005551234"
SPELLINGS = (
    "+1 900 555 1234",
    "+1 (900) 555-1234",
    "+1.900.555.1234",
    "0019005551234",
    "00 1 900 555 1234",
    "tel:+19005551234",
    "TEL:+1-900-555-1234;phone-context=x",
    "+19005551234;ext=5",
    "+19005551234 ext. 5",
    "+19005551234,,5#",
    " +19005551234 ",
    "+１９００５５５１２３４",
    "＋1 900 555 1234",
    "+1\u00a0900\u2011555\u20111234",
    "+१९००५५५१२३४",
    "٠٠١٩٠٠٥٥٥١٢٣٤",
    "+1\u200b900\u200e555\u20601234",
    "\u202a+1 900 555 1234\u202c",
    "0\u200b0 1 900 555 1234",
    "t\u00adel:+19005551234",
)


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_number_is_inside_the_fence_however_it_is_spelled(spelled: str) -> None:
    assert as_dialled(spelled) == PREMIUM
    assert "premium" in DestinationPolicy().objection({"event": "verb_of_tomorrow", "whom": spelled})
    assert "deny-list" in DestinationPolicy(deny_numbers=("+1900",)).objection(
        {"event": "verb_of_tomorrow", "whom": spelled}
    )


@pytest.mark.parametrize("text", ["+530", "+1", "0042", "001234", "00:15", "+91 1", ""])
def test_a_short_value_of_an_unknown_verb_is_anything(text: str) -> None:
    assert DestinationPolicy().objection({"event": "verb_of_tomorrow", "value": text}) == ""


@pytest.mark.parametrize(
    "user",
    [
        "+19005551234",
        "0019005551234",
        "%2B19005551234",
        "+1-900-555-1234;ext=5",
        "+1%20900%20555%201234:secret",
    ],
)
def test_the_number_that_a_gateway_dials_is_inside_the_fence(user: str) -> None:
    body = {"event": "transfer", "destination_type": "sip_uri", "destination": f"sip:{user}@gw.example.com"}
    assert "premium" in DestinationPolicy().objection(body)


@pytest.mark.parametrize(
    "text", ["", "+", "00", "agent a_1", "INV-2026-001", "9876543210", "2026-11-29", "sip:a@b.example"]
)
def test_what_is_no_number_with_its_country(text: str) -> None:
    assert as_dialled(text) == ""


@given(st.text("+0123456789 ()-.;,xtel:１", max_size=24))
def test_what_is_dialled_is_plus_and_digits(text: str) -> None:
    number = as_dialled(text)
    assert number == "" or (
        number[0] == "+" and ((number[1:].isdecimal() and number.isascii()) or number == "+")
    )
    assert as_dialled(number) in (number, "")
