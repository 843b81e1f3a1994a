"""What a call may be called."""

from flowrules.redaction import holds_token


def is_call_id(text: str) -> bool:
    """Whether a text can stand as one segment of a path: 1 to 256 visible characters, not `.` and not `..`. A token is
    none: what a call is called is logged."""
    return (
        0 < len(text) <= 256
        and text not in (".", "..")
        and text.isprintable()
        and " " not in text
        and not holds_token(text)
    )
