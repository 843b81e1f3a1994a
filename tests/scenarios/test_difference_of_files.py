"""A rule has something from its file: the same words in another file may do something else, and that is told."""

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.render import concise
from flowrules.scenarios.comparing.difference import difference
from flowrules.source import source_from_text

RECORD_LAST = 'rule "{0}"\n  on intent={0}\n  transfer queue q\n  set_disposition SOLD\nend\n'
BARE = "on intent={0} transfer queue q then set_disposition\n"
STEPS = "steps leave\n  set_disposition\n  hangup\nend\n"


def load(*files):
    loaded = load_rules([source_from_text(text, f"{number}.rules") for number, text in enumerate(files)])
    assert loaded.ruleset is not None, concise(loaded.findings)
    return loaded.ruleset


@pytest.mark.parametrize(
    ("old", "new", "was", "now"),
    [
        pytest.param(
            ("order as written\n" + RECORD_LAST.format("a"), RECORD_LAST.format("b")),
            (RECORD_LAST.format("a"), "order as written\n" + RECORD_LAST.format("b")),
            ("transfer agent_queue q", "set_disposition SOLD (failed: ended)"),
            ("set_disposition SOLD", "transfer agent_queue q"),
            id="order as written goes to another file",
        ),
        pytest.param(
            ("order as written\n" + RECORD_LAST.format("a"), "# nothing\n"),
            ("order as written\n", RECORD_LAST.format("a")),
            ("transfer agent_queue q", "set_disposition SOLD (failed: ended)"),
            ("set_disposition SOLD", "transfer agent_queue q"),
            id="a rule leaves a file with order as written",
        ),
        pytest.param(
            ("default disposition is A\n" + BARE.format("a"), "default disposition is B\n"),
            ("default disposition is A\n", "default disposition is B\n" + BARE.format("a")),
            ("set_disposition A", "transfer agent_queue q"),
            ("set_disposition B", "transfer agent_queue q"),
            id="a rule goes to a file with another default",
        ),
        pytest.param(
            ("default disposition is A\non intent=a do leave\n", "default disposition is B\n" + STEPS),
            ("default disposition is A\n", "default disposition is B\non intent=a do leave\n" + STEPS),
            ("set_disposition A", "hangup"),
            ("set_disposition B", "hangup"),
            id="a rule whose named steps ask for the default",
        ),
        pytest.param(
            ("default disposition is A\nbefore hangup then set_disposition\n", "on intent=a hangup\n"),
            ("default disposition is A\n", "before hangup then set_disposition X\non intent=a hangup\n"),
            ("set_disposition A", "hangup"),
            ("set_disposition X", "hangup"),
            id="control: a guard rail that is edited",
        ),
        pytest.param(
            (
                "default disposition is A\nbefore hangup then set_disposition\n",
                "default disposition is B\non intent=a hangup\n",
            ),
            (
                "default disposition is A\n",
                "default disposition is B\nbefore hangup then set_disposition\non intent=a hangup\n",
            ),
            ("set_disposition A", "hangup"),
            ("set_disposition B", "hangup"),
            id="a guard rail goes to a file with another default",
        ),
    ],
)
def test_what_a_rule_has_from_its_file_is_a_difference(old, new, was, now):
    found = difference(load(*old), load(*new))
    assert {(change.old_steps, change.new_steps) for change in found.changes} >= {(was, now)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            ('order as written\non intent=a say "a"\n', "# b\n"),
            ("order as written\n", 'on intent=a say "a"\n'),
        ),
        (
            ("default disposition is A\non intent=a hangup\n", "# b\n"),
            ("default disposition is A\n", "on intent=a hangup\n"),
        ),
        (
            ("default disposition is A\n" + BARE.format("a"), "# b\n"),
            ("default disposition is A\n", BARE.format("a")),
        ),
    ],
    ids=["nothing behind an ending", "no bare disposition", "a default that holds for the folder"],
)
def test_a_rule_that_does_the_same_in_another_file_is_no_difference(old, new):
    found = difference(load(*old), load(*new))
    assert not found.acts, (found.changes, found.unplayed)
