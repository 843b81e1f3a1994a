"""What became of a record, in words that quote nobody."""

from flowrules.call.receipt import Receipt


def in_words(receipt: Receipt) -> str:
    """`accepted`, `refused: ended`, `unknown: timeout`."""
    return f"{receipt.status.value}: {receipt.reason}" if receipt.reason else receipt.status.value
