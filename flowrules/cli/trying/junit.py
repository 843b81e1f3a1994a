"""What tests and promises came to, as the JUnit XML that build servers read, in the form in which pytest writes it."""

import re
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree

from flowrules.diagnostics.diagnostic import Findings, open_findings
from flowrules.diagnostics.render.full import finding_lines
from flowrules.exploration.kept import Kept, KeptPromises
from flowrules.scenarios.case_result import CaseResult
from flowrules.scenarios.suite import SuiteResult
from flowrules.source import Location

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML file may hold."""


def junit_xml(
    result: SuiteResult,
    kept: KeptPromises,
    findings: Findings,
    failed_lines: Mapping[Location, Iterable[str]],
) -> str:
    """One suite with a case for each test and each promise. A test that falls short and a promise that is broken have
    failed; findings and notes are their output. `failed_lines`: what is to be said of a test that failed, by its
    place."""
    cases = len(result.cases) + len(kept.promises)
    failures = sum(not case.passed for case in result.cases) + sum(one.broken for one in kept.promises)
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        {"name": "flowrules", "errors": "0", "failures": str(failures), "skipped": "0", "tests": str(cases)},
    )
    for case in result.cases:
        _test(suite, case, findings, failed_lines)
    for one in kept.promises:
        _promise(suite, kept, one)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _test(
    suite: ElementTree.Element,
    case: CaseResult,
    findings: Findings,
    failed_lines: Mapping[Location, Iterable[str]],
) -> None:
    element = _case(suite, case.label, case.location)
    if not case.passed:
        first = case.shortfalls[0].expected
        _with_text(element, "failure", failed_lines[case.location], message=first)
    told = [f"note, line {place.first.line}: {note}" for place, note in case.notes]
    for finding in open_findings(findings):
        if finding.location == case.location:
            told += finding_lines(finding)
    if told:
        _with_text(element, "system-out", told)


def _promise(suite: ElementTree.Element, kept: KeptPromises, one: Kept) -> None:
    element = _case(suite, f"promise: {one.label}", one.location)
    if one.finding is not None and one.broken:
        _with_text(element, "failure", finding_lines(one.finding), message=one.finding.message)
    else:
        told = [kept.told(one), *(finding_lines(one.finding) if one.finding is not None else ())]
        _with_text(element, "system-out", told)


def _case(suite: ElementTree.Element, name: str, place: Location) -> ElementTree.Element:
    path = place.source.path
    where = {"classname": path, "name": name, "file": path, "line": str(place.first.line), "time": "0.000"}
    return ElementTree.SubElement(suite, "testcase", {key: _writable(value) for key, value in where.items()})


def _with_text(parent: ElementTree.Element, tag: str, lines: Iterable[str], message: str = "") -> None:
    element = ElementTree.SubElement(parent, tag, {"message": _writable(message)} if message else {})
    element.text = _writable("\n".join(lines))


def _writable(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
