"""What rails and promises call a verb: `transfer the caller`, as it stands behind "never" and "before"."""

from collections.abc import Iterable

from flowrules.language.nodes import Name
from flowrules.prose.values import listed, quoted
from flowrules.verbs import WORDS

_ADVISE = "tell the model anything"
"""The one step that is no verb and that a promise may name."""


def verbs_in_words(names: Iterable[Name]) -> str:
    return listed(list(dict.fromkeys(map(_verb, names))), "or")


def _verb(name: Name) -> str:
    spec = WORDS.get(name.key)
    if spec is None:
        return _ADVISE if name.key == "advise" else f"send {quoted(name.key)}"
    forms = zip(spec.forms, spec.sentences, strict=True)
    return next(sentence.name for form, sentence in forms if form.word == name.key)
