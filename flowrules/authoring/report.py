"""A review for people, and for programs."""

from collections.abc import Iterator
from typing import Any

from flowrules.authoring.review import Review
from flowrules.diagnostics.diagnostic import Findings, Severity, open_findings
from flowrules.diagnostics.render.full import Paint, finding_lines, plain
from flowrules.diagnostics.render.json import as_data
from flowrules.prose.formats.markdown import markdown
from flowrules.replaying.told.as_json import as_data as replay_data
from flowrules.scenarios.comparing.difference import difference_json, parts_json

MAX_FINDINGS = 50
"""Findings that a report shows in full."""


def findings_json(findings: Findings) -> dict[str, Any]:
    """Findings as JSON data: those that are open, at most `MAX_FINDINGS`, and how many there are of each kind."""
    left = open_findings(findings)
    counts = {f"{word}s": sum(one.code.severity is word for one in left) for word in Severity}
    return {
        "findings": [as_data(one) for one in left[:MAX_FINDINGS]],
        "more_findings": max(0, len(left) - MAX_FINDINGS),
        **counts,
        "answered": len(findings) - len(left),
    }


def review_json(review: Review) -> dict[str, Any]:
    """The review as JSON data. `findings` are the new ones; what is not known is null."""
    changes, replayed = review.changes, review.replayed
    return {
        "verdict": review.verdict.value,
        "reasons": list(review.reasons),
        **findings_json(review.new),
        "tests": review.tests,
        "failed_tests": [
            {
                "test": case.label,
                "file": case.location.source.path,
                "line": case.location.first.line,
                "shortfalls": [
                    {
                        "line": one.location.first.line,
                        "expected": one.expected,
                        "happened": one.happened,
                    }
                    for one in case.shortfalls
                ],
            }
            for case in review.failed
        ],
        "promises": review.promises,
        "unknown_names": list(review.unknown),
        "would_lose": [
            *review.losses.lost,
            *review.losses.unfinished,
            *filter(None, (review.losses.shrunken,)),
        ],
        "changes": None
        if changes is None
        else {
            "examples": difference_json(changes.changes),
            "not_played": parts_json(changes.unplayed),
            "without_effect": parts_json(changes.idle),
        },
        "recording": None if replayed is None else replay_data(replayed),
        "explanation": None if review.page is None else markdown(review.page),
        "looked": list(review.looked),
    }


def verdict_lines(review: Review) -> Iterator[str]:
    """The verdict, with its reasons."""
    yield f"Verdict: {review.verdict}"
    yield from (f"- {reason}" for reason in review.reasons)


def detail_lines(review: Review, paint: Paint = plain) -> Iterator[str]:
    """What the reasons count, in full: findings with their stories, failed tests, names, losses."""
    for finding in review.new[:MAX_FINDINGS]:
        yield from ("", *(line.rstrip() for line in finding_lines(finding, paint)))
    if len(review.new) > MAX_FINDINGS:
        yield from ("", f"… and {len(review.new) - MAX_FINDINGS} more findings.")
    for case in review.failed:
        yield from ("", f"{case.location.source.path}:{case.location.first.line} failed: {case.label}")
        for one in case.shortfalls:
            yield f"  line {one.location.first.line}: {one.expected}"
            yield f"  happened: {one.happened}"
    yield from _listed("Names that the rule set does not know", review.unknown)
    yield from _listed(
        "What the rule set would lose",
        (*review.losses.lost, *review.losses.unfinished, *filter(None, (review.losses.shrunken,))),
    )


def _listed(title: str, sentences: tuple[str, ...]) -> Iterator[str]:
    if sentences:
        yield from ("", f"{title}:", *(f"- {one}" for one in sentences))
