"""PyArrow, which reads and writes Parquet: an extra, and imported where a file needs it."""

from importlib import import_module
from typing import Any

MISSING = "Parquet needs an extra package: pip install 'flowrules[parquet]'"


class ParquetMissing(ImportError):
    """The extra is not installed. The message says how it is."""


def arrow() -> Any:
    """The module `pyarrow`, its parts for Parquet loaded; it tells no types. Raises ParquetMissing."""
    try:
        for part in ("compute", "ipc", "parquet"):
            import_module(f"pyarrow.{part}")
        return import_module("pyarrow")
    except ImportError as error:
        raise ParquetMissing(f"{MISSING} ({error})") from None
