"""What rails and promises call a verb: `transfer the caller`, as it stands behind "never" and "before"."""

from collections.abc import Iterable, Iterator

from flowrules.language.nodes import Name
from flowrules.prose.values import listed, quoted
from flowrules.verbs import WORDS

_ADVISE = "tell the model anything"
"""The one step that is no verb and that a promise may name."""


def verbs_in_words(names: Iterable[Name], *, all_forms: bool = False) -> str:
    """`all_forms`: a verb is meant in every form that it has, whichever of them is named."""
    return listed(list(dict.fromkeys(words for name in names for words in _verb(name, all_forms))), "or")


def _verb(name: Name, all_forms: bool) -> Iterator[str]:
    spec = WORDS.get(name.key)
    if spec is None:
        yield _ADVISE if name.key == "advise" else f"send {quoted(name.key)}"
        return
    forms = [*zip(spec.forms, spec.sentences, strict=True)]
    named = [sentence.name for form, sentence in forms if form.word == name.key]
    yield named[0]
    if all_forms:
        yield from (sentence.name for _, sentence in forms if sentence.name not in named)
