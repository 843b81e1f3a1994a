"""Names that are words of the language too: what is drawn from such a rule set's grammar still parses."""

from random import Random

from flowrules.analysis.gather import gather
from flowrules.decoding.export import Reader, exported
from flowrules.decoding.grammar import grammar_of
from flowrules.decoding.sample import Sampler
from flowrules.language.parse import parse
from flowrules.language.parser.grammar import keywords
from flowrules.source import source_from_text

from .conftest import Matcher

SAMPLES = 400
TAKEN = {
    "anything": "on anything",
    "nothing": "do nothing",
    "the": "on the same",
    "during": "during office",
    "outside": "outside office",
}
"""Words that can't be told from the language's own where they would stand as a name."""


def _is_name(word: str) -> bool:
    text = f"event {word}\non {word} or intent={word} when intent is {word} set_disposition {word}\n"
    return word not in TAKEN and not parse(source_from_text(text, "name.rules"))[1]


def test_words_of_the_language_as_names() -> None:
    names = sorted(filter(_is_name, set(keywords().values())))
    assert len(names) > 40
    text = f"event {', '.join(names)}\non intent is one of {', '.join(names)} stop\n" + "".join(
        f"fact {name} is number\nhours {name}\n  mon 09:00 to 10:00\nend\nlist {name} is a, b\n"
        f"on anything transfer queue {name} then set_disposition {name}\n"
        for name in names
    )
    file, findings = parse(source_from_text(text, "names.rules"))
    assert findings == ()
    grammar = grammar_of(gather([file]))
    sampler = Sampler(grammar, Random(19))
    texts = [sampler.draw("item") for _ in range(SAMPLES)]
    assert [one for one in texts if parse(source_from_text(one, "draft.rules"))[1]] == []
    accepts = Matcher(exported(grammar, Reader.LLGUIDANCE))
    assert [one for one in texts[:100] if accepts.stops_at(one) is not None] == []


def test_a_value_that_a_comparison_goes_on_with_stands_in_quotes() -> None:
    file = parse(source_from_text('on intent is one of "more", sales stop\n', "a.rules"))[0]
    accepts = Matcher(exported(grammar_of(gather([file])), Reader.LLGUIDANCE))
    assert accepts.stops_at('on anything when intent is "more" stop\n') is None
    assert accepts.stops_at("on anything when intent is sales stop\n") is None
    assert accepts.stops_at("on anything when intent is more stop\n") is not None


def test_names_of_any_script() -> None:
    file = parse(source_from_text("event भुगतान_हुआ\non intent=बिक्री transfer queue दिल्ली\n", "a.rules"))[0]
    accepts = Matcher(exported(grammar_of(gather([file])), Reader.LLGUIDANCE))
    assert accepts.stops_at("on भुगतान_हुआ transfer queue दिल्ली\n") is None
    assert accepts.stops_at("on भुगतान transfer queue दिल्ली\n") is not None
