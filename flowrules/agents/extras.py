"""What a module says whose framework is not installed."""


def missing(extra: str, error: ImportError) -> ImportError:
    """The error to raise instead of `error`: it names what to install."""
    if (error.name or "").startswith("flowrules"):
        return error  # Our own fault.
    return ImportError(
        f'flowrules.agents.{extra} needs the extra {extra}: pip install "flowrules[{extra}]" ({error})',
        name=error.name,
    )
