"""Findings that somebody has answered in a comment, and answers that answer nothing."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from flowrules.diagnostics.codes import ALL_CODES, BY_ID, BY_NAME
from flowrules.diagnostics.codes.answers import (
    ANSWERS,
    ANSWERS_NOTHING,
    CANT_BE_ALLOWED,
    NO_REASON,
    UNKNOWN_ANSWER,
)
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.codes.hygiene import PLAYED_TESTS
from flowrules.diagnostics.diagnostic import Code, Diagnostic, Edit, Findings, Severity, has_errors
from flowrules.diagnostics.guess import nearest
from flowrules.language.answers import Answer, Form, answers_in
from flowrules.language.nodes import RuleFile
from flowrules.source import Location


def with_answers(files: Iterable[RuleFile], findings: Findings) -> Findings:
    """The findings of a check, each that is answered with its reason, and what is wrong with the answers themselves.

    Where there are errors, nothing is said of answers that answer nothing: rules with an error are not looked into
    further, so that their warnings may be missing. Findings come in no particular order."""
    answers = _all_in(files)
    if not answers:
        return findings
    settled = _settled(answers, findings)
    wrong = [finding for answer in answers for finding in _mistakes(answer)]
    if not has_errors(findings):
        checked = {code.id for code in ALL_CODES if code not in (*HAZARDS, *PLAYED_TESTS)}
        wrong += _left_over(answers, findings, checked)
    return (*settled, *wrong)


def answered(files: Iterable[RuleFile], findings: Findings, looked_for: Container[str]) -> Findings:
    """The hazards that an exploration found, each that is answered with its reason, and the answers to hazards that it
    did not find. `looked_for` are the ids of those that it would have found if they were there."""
    answers = _all_in(files)
    if not answers:
        return findings
    return (*_settled(answers, findings), *_left_over(answers, findings, looked_for))


def _all_in(files: Iterable[RuleFile]) -> tuple[Answer, ...]:
    return tuple(answer for file in files for answer in answers_in(file))


def _settled(answers: Sequence[Answer], findings: Findings) -> Findings:
    return tuple(
        replace(finding, answered=answer.reason) if answer is not None else finding
        for finding, answer in ((one, _answer_to(one, answers)) for one in findings)
    )


def _answer_to(finding: Diagnostic, answers: Iterable[Answer]) -> Answer | None:
    return next((answer for answer in answers if answer.reason and _answers(answer, finding)), None)


def _answers(answer: Answer, finding: Diagnostic) -> bool:
    """Whether an answer, with or without a reason, speaks of a finding."""
    code = code_of(answer)
    if code is not finding.code or code is None or not _is_answerable(code):
        return False
    return any(
        _holds_at(answer, place) for place in (finding.location, *(where for where, _ in finding.related))
    )


def _holds_at(answer: Answer, place: Location) -> bool:
    if answer.stands_alone or answer.location.source.path != place.source.path:
        return False
    block = answer.block
    return block is None or block.start <= place.start < max(block.end, block.start + 1)


def code_of(answer: Answer) -> Code | None:
    """The finding that an answer names by its id or its name; None where there is no such one."""
    return BY_ID.get(answer.named.upper()) or BY_NAME.get(answer.named.lower())


def _is_answerable(code: Code) -> bool:
    return code.severity is not Severity.ERROR and code not in ANSWERS


def _mistakes(answer: Answer) -> Iterator[Diagnostic]:
    code = code_of(answer)
    if code is None:
        yield _unknown(answer)
    elif code.severity is Severity.ERROR:
        yield Diagnostic(
            CANT_BE_ALLOWED,
            answer.name_at,
            f"{code.id} ({code.name}) is an error, and an error can't be allowed.",
            "Mend what it speaks of, and take this comment out.",
        )
    elif code in ANSWERS:
        yield Diagnostic(
            CANT_BE_ALLOWED,
            answer.name_at,
            f"{code.id} ({code.name}) speaks of such comments themselves and can't be allowed.",
            "Mend the comment of which it speaks, and take this one out.",
        )
    elif (code in HAZARDS) is not (answer.form is Form.MEANT):
        yield _in_the_other_form(answer, code)
    elif not answer.reason:
        yield Diagnostic(
            NO_REASON,
            answer.location,
            f"Nothing says why this is {'meant' if answer.form is Form.MEANT else 'allowed'}.",
            f"Write the reason behind it: {_written(code, 'the reason in your words')}",
        )
    elif answer.stands_alone:
        yield Diagnostic(
            ANSWERS_NOTHING,
            answer.location,
            "This comment stands by itself, so nobody can tell of which rule it speaks.",
            "Write it right above the rule; or, for the whole file, at its top with a blank line below it.",
        )


def _unknown(answer: Answer) -> Diagnostic:
    codes = HAZARDS if answer.form is Form.MEANT else tuple(filter(_is_answerable, ALL_CODES))
    by_id = answer.named[:2].upper() == "FR" and answer.named[2:].isdigit()
    guess = nearest(answer.named, () if by_id else [code.name for code in codes])
    fix = (Edit(answer.name_at, guess.fix),) if guess.fix and answer.form is Form.MEANT else ()
    kind = "hazard" if answer.form is Form.MEANT else "warning"
    listed = ", ".join(code.name for code in HAZARDS)
    otherwise = (
        f"The hazards are {listed}."
        if answer.form is Form.MEANT
        else 'Write the code that "flowrules check" shows, such as FR504.'
    )
    return Diagnostic(
        UNKNOWN_ANSWER,
        answer.name_at,
        f'There is no {kind} "{answer.named}".',
        guess.question(otherwise),
        fix,
    )


def _in_the_other_form(answer: Answer, code: Code) -> Diagnostic:
    is_hazard = code in HAZARDS
    return Diagnostic(
        UNKNOWN_ANSWER,
        answer.location,
        f'"{code.name}" is a hazard, which is answered by "meant".'
        if is_hazard
        else f'"{code.name}" is no hazard; such a warning is answered by "allow".',
        f"Write: {_written(code, answer.reason or 'the reason in your words')}",
        (Edit(answer.location, _written(code, answer.reason)),) if answer.reason else (),
    )


def _written(code: Code, reason: str) -> str:
    return f"# meant: {code.name}, {reason}" if code in HAZARDS else f"# allow {code.id}: {reason}"


def _left_over(
    answers: Sequence[Answer], findings: Findings, looked_for: Container[str]
) -> Iterator[Diagnostic]:
    for number, answer in enumerate(answers):
        code = code_of(answer)
        if code is None or code.id not in looked_for or not answer.reason or answer.stands_alone:
            continue
        if (code in HAZARDS) is not (answer.form is Form.MEANT) or not _is_answerable(code):
            continue
        if any(_answer_to(finding, answers[: number + 1]) is answer for finding in findings):
            continue
        where = "in this file" if answer.block is None else "here"
        yield Diagnostic(
            ANSWERS_NOTHING,
            answer.location,
            f"{code.id} ({code.name}) is not found {where}, so this comment answers nothing.",
            "Take it out.",
        )
