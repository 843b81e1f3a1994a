"""What a module says whose framework is not installed."""


def missing(extra: str, error: ImportError) -> ImportError:
    """The error to raise instead of `error`: it names what to install."""
    if (error.name or "").startswith("flowrules"):
        return error  # Our own fault.
    module = error.name or "a package"
    return ImportError(
        f"this needs the extra flowrules[{extra}], and {module} is not there, or in another version: "
        f'pip install "flowrules[{extra}]"',
        name=error.name,
    )
