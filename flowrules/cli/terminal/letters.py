"""Letters that an output has not: they are shown as `\\uXXXX`, as JSON writes them, so that JSON stays JSON."""

import codecs

ERRORS = "flowrules.json_escapes"
"""The name of the error handler, for `errors=` of a stream or of `encode`."""


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    escapes = (f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
    return "".join(escapes), error.end


codecs.register_error(ERRORS, _escaped)
