"""The last word before rules go live: do the tests in their own files pass?"""

from flowrules.compiler.ruleset import RuleSet


def failing_tests(ruleset: RuleSet) -> str:
    """A sentence that names the tests which fail; empty where all pass."""
    from flowrules.scenarios.suite import run_tests  # With the first rules, not with the first import.

    failed = [case for case in run_tests(ruleset).cases if not case.passed]
    if not failed:
        return ""
    first = failed[0]
    place = f"{first.location.source.path}:{first.location.first.line}"
    others = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f'the test "{first.label}" ({place}){others} does not pass'
