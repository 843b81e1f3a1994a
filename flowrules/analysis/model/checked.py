"""CheckedRules: files that parsed, with every declaration found and every name resolved."""

from collections.abc import Mapping
from dataclasses import dataclass

from flowrules.language.nodes import (
    Block,
    DefaultDisposition,
    Destination,
    DestinationMap,
    FactDef,
    Hours,
    ListDef,
    RuleFile,
    Steps,
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What rules may dial and play beyond what stands literally in them: number prefixes, SIP hosts, audio
    hosts, each folded."""

    numbers: tuple[str, ...] = ()
    sip_hosts: tuple[str, ...] = ()
    audio_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedRules:
    """One rule set's meaning. Mappings go from the folded name to the node. `rules`, `rails`,
    `promises` and `tests` hold blocks (item Rule; Never or Before; Promise; Test) in order: files by path, blocks as
    written.

    Only items without errors are in it, so that compiling it can't fail.
    """

    files: tuple[RuleFile, ...]
    zone: str | None
    lists: Mapping[str, ListDef]
    hours: Mapping[str, Hours]
    destinations: Mapping[str, Destination | DestinationMap]
    steps: Mapping[str, Steps]
    events: Mapping[str, Block]
    """Declared bare events, with the block that declares each."""
    facts: Mapping[str, FactDef]
    dispositions: Mapping[str, tuple[DefaultDisposition, ...]]
    """By file path: the defaults that hold for the rules of that file, its own first, then the folder's."""
    allowed: Allowed
    as_written: frozenset[str]
    """Paths of the files that say `order as written`."""
    rules: tuple[Block, ...]
    rails: tuple[Block, ...]
    promises: tuple[Block, ...]
    tests: tuple[Block, ...]
    read: tuple[RuleFile, ...]
    """The files as they were read; in `files` every condition is in its plain form (`resolve.py`)."""

    def pairs(self) -> tuple[tuple[RuleFile, RuleFile], ...]:
        """Each file as it was read, and with every condition in its plain form."""
        return tuple(zip(self.read, self.files, strict=True))

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages that are spoken (`fact language is one of hi, en-IN` are `en` and `hi`).
        Where nothing is declared it is English: most recognisers write a number that is read out in figures or in
        English words, and who counts digits wants to miss none."""
        fact = self.facts.get("language")
        codes = {str(value.value).lower().partition("-")[0] for value in fact.values} if fact else set()
        return tuple(sorted(codes)) or ("en",)
