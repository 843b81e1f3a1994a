"""Who may be dialled, called and played: numbers, SIP addresses and audio hosts, and the allow lists around them."""

import re
from dataclasses import dataclass

from flowrules.analysis.model.builtin import is_reserved
from flowrules.analysis.model.checked import Allowed
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import DESTINATION_TYPES, as_written
from flowrules.diagnostics.codes import arguments as codes
from flowrules.diagnostics.codes import syntax
from flowrules.language.names import fold
from flowrules.language.nodes import Allow, AllowKind, Kind, Literal, Target, TargetKind
from flowrules.language.phone_numbers import EMERGENCY, is_too_short
from flowrules.source import Span
from flowrules.verbs import CATALOGUE
from flowrules.verbs.addresses import is_e164, is_sip_uri, sip_host, url_host

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_PREFIX = re.compile(r"\+[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class AllowLists:
    """What is allowed; None where a kind has no fence, or one with a mistake in it."""

    numbers: tuple[str, ...] | None
    sip_hosts: tuple[str, ...] | None
    audio_hosts: tuple[str, ...] | None


def allow_lists_of(scope: Scope, allowed: Allowed) -> AllowLists:
    if "allow" in scope.unread:
        return AllowLists(None, None, None)
    kinds = {node.what for node, _ in scope.allows}
    kinds -= {
        node.what for node, _ in scope.allows if not all(_is_allowable(node.what, v) for v in node.values)
    }
    return AllowLists(
        allowed.numbers if AllowKind.NUMBERS in kinds else None,
        allowed.sip_hosts if AllowKind.SIP in kinds else None,
        allowed.audio_hosts if AllowKind.AUDIO in kinds else None,
    )


def allowed_in(scope: Scope) -> Allowed:
    """Everything that the rule set allows, over all its files."""
    found: dict[AllowKind, list[str]] = {kind: [] for kind in AllowKind}
    for node, _ in scope.allows:
        found[node.what].extend(str(value.value).lower().strip() for value in node.values)
    return Allowed(
        tuple(dict.fromkeys(found[AllowKind.NUMBERS])),
        tuple(dict.fromkeys(found[AllowKind.SIP])),
        tuple(dict.fromkeys(found[AllowKind.AUDIO])),
    )


def check_allow(unit: CheckedBlock, allow: Allow, report: Report) -> None:
    for value in allow.values:
        if _is_allowable(allow.what, value):
            continue
        if allow.what is AllowKind.NUMBERS:
            message = f'No telephone number begins with "{value.raw}".'
            hint = "A number begins with + and a country code, which never begins with 0."
            report.add(codes.BAD_ALLOW, unit.block, value.span, message, hint)
        else:
            text = str(value.value).lower().strip()
            host = sip_host(text) if allow.what is AllowKind.SIP else url_host(text)
            hint = f'Write only the host: "{host}"' if host else 'Write a host, such as "pbx.example.com".'
            edits = ((value.span, f'"{host}"'),) if host else ()
            message = f'"{value.value}" is more than the name of a host.'
            report.add(codes.BAD_ALLOW, unit.block, value.span, message, hint, edits)


def _is_allowable(what: AllowKind, value: Literal) -> bool:
    text = str(value.value).lower().strip()
    return (_PREFIX if what is AllowKind.NUMBERS else _HOST).fullmatch(text) is not None


def check_target(
    unit: CheckedBlock, target: Target, verb: str, allow_lists: AllowLists, report: Report
) -> None:
    """A target of `verb`; a declared destination's is the target of a transfer."""
    if target.kind is TargetKind.TO:
        return
    written = as_written(target.value)
    if target.kind not in DESTINATION_TYPES[verb]:
        check_kind(unit, target.kind, target.span, verb, report)
    elif "{" in written or (target.value.kind is Kind.WORD and is_reserved(fold(written))):
        message = "A target can't be taken from a fact."
        hint = "Declare a destination with its rows: destination NAME by FACT, and transfer to it."
        report.add(syntax.FACT_IN_TARGET, unit.block, target.value.span, message, hint)
    elif not written:
        report.add(codes.BAD_TEXT, unit.block, target.value.span, "This name is empty.", "Say who is meant.")
    elif target.kind is TargetKind.NUMBER:
        _check_number(unit, target.value, allow_lists, report)
    elif target.kind is TargetKind.SIP:
        _check_sip(unit, target.value, allow_lists, report)


def check_kind(unit: CheckedBlock, wrong: TargetKind, span: Span, verb: str, report: Report) -> None:
    """A target of a kind that the verb does not take, itself or behind its name."""
    kinds = [str(kind) for kind in DESTINATION_TYPES[verb]]
    message = f'"{verb}" takes no {wrong}.'
    hint = f"Write {', '.join(kinds[:-1])} or {kinds[-1]}."
    takers = [spec.name for spec in CATALOGUE if spec.targets and wrong in spec.targets.kinds]
    if wrong is TargetKind.SUPERVISOR and takers:
        asks = " or ".join(spec.name for spec in CATALOGUE if spec.calls_in)
        hint += f" A supervisor is asked for with {asks}, or joins by {' or '.join(takers)}."
    report.add(codes.WRONG_TARGET, unit.block, span, message, hint)


def check_audio(unit: CheckedBlock, url: Literal, allow_lists: AllowLists, report: Report) -> None:
    """A web address that is one: is its host allowed?"""
    host = url_host(str(url.value))
    if allow_lists.audio_hosts is not None and host and host not in allow_lists.audio_hosts:
        message = f'Audio from "{host}" is not allowed by these rules.'
        hint = f'Allow it if it is right: allow audio from "{host}"'
        report.add(codes.AUDIO_NOT_ALLOWED, unit.block, url.span, message, hint)


def _check_number(unit: CheckedBlock, value: Literal, allow_lists: AllowLists, report: Report) -> None:
    number = str(value.value)
    if not is_e164(number):
        message = f'"{number}" is no number that can be dialled.'
        hint = "Write + and 3 to 15 digits, country code first: +911234567890"
        report.add(codes.BAD_DIAL, unit.block, value.span, message, hint)
    elif is_too_short(number):
        message = f'"{number}" is too short to be anybody\'s number.'
        report.add(codes.BAD_DIAL, unit.block, value.span, message, EMERGENCY)
    elif allow_lists.numbers is not None and not number.startswith(allow_lists.numbers):
        message = (
            f'"{number}" is outside of the numbers that these rules allow ({", ".join(allow_lists.numbers)}).'
        )
        hint = f"Allow it if it is right: allow numbers {number}"
        report.add(codes.NUMBER_NOT_ALLOWED, unit.block, value.span, message, hint)


def _check_sip(unit: CheckedBlock, value: Literal, allow_lists: AllowLists, report: Report) -> None:
    address = str(value.value)
    if not is_sip_uri(address) or not sip_host(address):
        message = f'"{address}" is no SIP address.'
        edits = ((value.span, f'"sip:{address}"'),) if is_sip_uri(f"sip:{address}") and "@" in address else ()
        hint = 'It begins with sip: or sips:, such as "sip:desk@pbx.example.com".'
        report.add(codes.BAD_SIP, unit.block, value.span, message, hint, edits)
    elif allow_lists.sip_hosts is not None and sip_host(address) not in allow_lists.sip_hosts:
        message = f'The SIP host "{sip_host(address)}" is not allowed by these rules.'
        hint = f'Allow it if it is right: allow sip "{sip_host(address)}"'
        report.add(codes.SIP_NOT_ALLOWED, unit.block, value.span, message, hint)
