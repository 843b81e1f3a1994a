"""Files in canonical form: what changes, what stays, and that nothing means anything else."""

import textwrap
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.language import nodes as n
from flowrules.language.format import format_text
from flowrules.language.nodes import Item
from flowrules.language.parse import parse
from flowrules.language.printer import item_lines, print_item
from flowrules.source import read, source_from_bytes, source_from_text
from flowrules.verbs import BY_NAME


def formatted(text: str) -> str:
    """The canonical text, after a look that it is stable and means the same."""
    source = source_from_text(text)
    result = format_text(source)
    again = source_from_text(result.text)
    assert format_text(again).text == result.text
    assert [block.item for block in parse(again)[0].blocks] == [
        block.item for block in parse(source)[0].blocks
    ]
    assert result.changed == (result.text != source.text)
    return result.text


def same(text: str) -> None:
    text = textwrap.dedent(text).lstrip("\n")
    assert formatted(text) == text


def becomes(before: str, after: str) -> None:
    assert formatted(textwrap.dedent(before).lstrip("\n")) == textwrap.dedent(after).lstrip("\n")


def test_the_shortest_rule_stays() -> None:
    same("on intent=sales transfer agent sales_q then set_disposition\n")
    same(
        "on intent=billing when during office transfer queue billing_q otherwise schedule_callback next office\n"
    )


def test_synonyms_become_the_canonical_spelling() -> None:
    becomes(
        """
        ON intent IS sales WHEN balance>=500 and vip = TRUE and code is not between 1 and 5: Transfer Agent a_1
        also on dtmf = 1 unless campaign is not known then recording_pause “card number”
        on intent=later schedule_callback next Mon at 9:30 "asked for it"
        hours office
        Monday to friday, SUNDAY 9:00 to 18:30
        end
        """,
        """
        on intent=sales when balance is at least 500 and vip is yes and code is not between 1 and 5 transfer agent a_1
        also on dtmf=1 unless campaign is unknown recording_pause because "card number"
        on intent=later schedule_callback next monday at 09:30 because "asked for it"

        hours office
          mon to fri, sun 09:00 to 18:30
        end
        """,
    )


def test_a_block_is_laid_out_a_thing_a_line() -> None:
    becomes(
        """
        rule "Sales in office hours":
        on intent is one of sales, upgrade, "नया प्लान" or dtmf=1 when during office and (balance >= 500 or vip is yes)
        once per call
        set_lead_field interest to sales then transfer to sales_desk if it fails because unavailable, timeout then (say "Busy." then hangup) then log "x"
        transfer queue q
           if it fails because refused then hangup
           if it fails then set_disposition lost then hangup
        otherwise schedule_callback next office
        end
        """,
        """
        rule "Sales in office hours"
          on intent is one of sales, upgrade, "नया प्लान" or dtmf=1
          when during office and (balance is at least 500 or vip is yes)
          once per call
          set_lead_field interest to sales
          transfer to sales_desk
            if it fails because unavailable, timeout then (say "Busy." then hangup)
          log "x"
          transfer queue q
            if it fails because refused then hangup
            if it fails then (set_disposition lost then hangup)
        otherwise
          schedule_callback next office
        end
        """,
    )


def test_a_long_one_liner_is_carried_on_over_lines() -> None:
    long = 'say "Thank you for calling, somebody will be with you in a moment, please stay on the line."'
    becomes(
        f"""
        on intent=sales when during office {long} then transfer queue q if it fails then hangup
        never transfer, hangup when call.recording is paused unless intent=emergency instead {long}
        before hangup unless call.disposition is known then {long} then set_disposition none
        """,
        f"""
        on intent=sales
          when during office
          then {long}
          then transfer queue q
            if it fails then hangup

        never transfer, hangup
          when call.recording is paused
          unless intent is emergency
          instead {long}

        before hangup
          unless call.disposition is known
          then {long} then set_disposition none
        """,
    )


def test_comments_stay_beside_the_lines_they_stood_by() -> None:
    becomes(
        """
        # The desk   \t
            # of sales
        rule sales   # who asks
              # the trigger
           on intent=sales # trigger
             # a guard
           unless vip is yes    # guard
         # first
          say "# no comment" # both
              # failing
          transfer to desk   # desk
                # if it does
            if it fails then hangup # gone
          # above otherwise
        otherwise # else
            # first of the others
          hangup  # bye
          # last
        end # over
        # tail
        """,
        """
        # The desk
        # of sales
        rule sales  # who asks
          # the trigger
          on intent=sales  # trigger
          # a guard
          unless vip is yes  # guard
          # first
          say "# no comment"  # both
          # failing
          transfer to desk  # desk
            # if it does
            if it fails then hangup  # gone
        # above otherwise
        otherwise  # else
          # first of the others
          hangup  # bye
          # last
        end  # over

        # tail
        """,
    )


def test_comments_of_lines_that_become_one_go_above_it() -> None:
    becomes(
        """
        on intent=sales   # a
          # b
          when vip is yes # c
          then hangup # d
        on said contains "#" hangup
        """,
        """
        # a
        # b
        # c
        on intent=sales when vip is yes hangup  # d
        on said contains "#" hangup
        """,
    )


def test_a_comment_in_a_condition_goes_above_its_line() -> None:
    becomes(
        """
        rule x
          on a
          when b is 1
            # why
            and c is 2
          hangup
        end
        """,
        """
        rule x
          on a
          # why
          when b is 1 and c is 2
          hangup
        end
        """,
    )


def test_blank_lines_become_at_most_one() -> None:
    becomes(
        """


        on a hangup
        on b hangup



        # alone


        on c hangup
        test t


          on a



          expect hangup

        end
        # d
        on d hangup


        """,
        """
        on a hangup
        on b hangup

        # alone

        on c hangup

        test t
          on a

          expect hangup
        end

        # d
        on d hangup
        """,
    )


def test_what_has_a_mistake_is_left_as_it_was() -> None:
    source = source_from_text(
        'on  a   hangup\n   on b  tranfer   agent x   # hm\nrule x\n on c\n  hangup then\n\n\tend\non d  "x\nend\n'
    )
    result = format_text(source)
    assert result.text.startswith("on a hangup\n")
    for kept in (
        "   on b  tranfer   agent x   # hm\n",
        "rule x\n on c\n  hangup then\n\n\tend\n",
        'on d  "x\n',
    ):
        assert kept in result.text
    assert len(result.findings) >= 3
    assert format_text(source_from_text(result.text)).text == result.text


def test_a_block_without_end_is_left_as_it_was() -> None:
    text = "rule x\n on a\n   hangup\n"
    assert format_text(source_from_text(text)).text == text


@pytest.mark.parametrize("data", [b"on a  hangup \xff\n", b"\0on a", b"x" * (10 * 1024 * 1024 + 1)])
def test_what_is_no_text_is_not_touched(data: bytes) -> None:
    source = source_from_bytes(data, "x.rules")
    result = format_text(source)
    assert (result.text, result.changed, len(result.findings)) == (source.text, False, 1)


@pytest.mark.parametrize("text", ["", "\n\n", "   \n"])
def test_an_empty_file_is_empty(text: str) -> None:
    assert formatted(text) == ""


def test_the_end_of_the_file_has_a_line_end() -> None:
    assert formatted("on a hangup") == "on a hangup\n"
    assert formatted("# a") == "# a\n"


def test_windows_line_ends_and_marks_are_no_change() -> None:
    assert not format_text(source_from_bytes(b"\xef\xbb\xbfon a hangup\r\n", "x")).changed


INDENTS = st.sampled_from(["", " ", "  ", "\t", "      ", "\u00a0"])
COMMENTS = st.sampled_from(
    ["# why", "#", '# say "x', "# end", "# otherwise", "# then hangup", "#तो", "# a # b"]
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_only_the_layout_of_a_commented_item_changes(
    data: st.DataObject, items: st.SearchStrategy[Item]
) -> None:
    """A canonical item with comments beside its lines is found again behind any indentation and blank lines."""
    lines = list(item_lines(data.draw(items)))
    canonical: list[str] = []
    for index, line in enumerate(lines):
        last_of_block = index == len(lines) - 1 and line.text == "end"
        indent = "  " * max(line.depth, 1 if last_of_block else 0)
        canonical += [f"{indent}{comment}" for comment in data.draw(st.lists(COMMENTS, max_size=2))]
        behind = data.draw(st.none() | COMMENTS)
        canonical.append(f"{line}  {behind}" if behind else str(line))
    text = "".join(f"{line}\n" for line in canonical)
    assert formatted(text) == text
    disordered = "".join(f"{data.draw(INDENTS)}{line.strip()}{data.draw(INDENTS)}\n" for line in canonical)
    assert formatted(disordered) == text


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_file_keeps_its_items_and_comments_in_order(
    data: st.DataObject, items: st.SearchStrategy[Item]
) -> None:
    written = data.draw(st.lists(items, max_size=5))
    text = ""
    for item in written:
        text += data.draw(st.sampled_from(["", "\n", "\n\n\n", "# a\n", "  # b\n\n", "\n# c\n# d\n"]))
        text += f"{print_item(item)}\n"
    result = formatted(text)
    parsed, findings = parse(source_from_text(result))
    assert not findings
    assert [block.item for block in parsed.blocks] == written
    assert "\n\n\n" not in result


def test_comments_follow_lines_that_change_their_order() -> None:
    becomes(
        """
        rule x
          on a
          # how often
          once per call # once
          # when
          when b is 1 # b
          hangup
        end
        destination d by lead.owner
          # the others
          otherwise is queue q # q
          # Priya
          priya is agent a_1 # a
        end
        """,
        """
        rule x
          on a
          # when
          when b is 1  # b
          # how often
          once per call  # once
          hangup
        end

        destination d by lead.owner
          # Priya
          priya is agent a_1  # a
          # the others
          otherwise is queue q  # q
        end
        """,
    )


def test_the_whole_language_has_a_canonical_form() -> None:
    source = read(Path(__file__).with_name("canonical.rules"))[0]
    result = format_text(source)
    assert not result.findings
    assert result.text == source.text


def test_the_canonical_file_holds_every_node_form_and_comparison() -> None:
    """What is added to the language is added there."""
    file, _ = parse(read(Path(__file__).with_name("canonical.rules"))[0])
    seen = list(_everything(file.blocks))
    nodes = {type(node) for node in seen}
    missing = {
        value.__name__
        for value in vars(n).values()
        if isinstance(value, type)
        and value.__module__ == n.__name__
        and is_dataclass(value)
        and value not in nodes
    }
    assert missing <= {"RuleFile"}
    for members, used in (
        (n.Op, {node.op for node in seen if isinstance(node, n.Compare)}),
        (n.Kind, {node.kind for node in seen if isinstance(node, n.Literal)}),
        (n.CallbackKind, {node.kind for node in seen if isinstance(node, n.CallbackTime)}),
        (n.TargetKind, {node.kind for node in seen if isinstance(node, n.Target)}),
    ):
        assert used == set(members)
    assert {node.verb for node in seen if isinstance(node, n.VerbStep)} == BY_NAME.keys()


def _everything(value: object) -> Iterator[object]:
    if is_dataclass(value):
        yield value
        value = tuple(getattr(value, field.name) for field in fields(value) if field.name != "source")
    if isinstance(value, tuple):
        for part in value:
            yield from _everything(part)
