"""Promises, and what playing calls has shown of each: that a story breaks it, that none does, or nothing yet."""

from collections.abc import Iterator
from dataclasses import dataclass

from flowrules.diagnostics.codes.promises import BROKEN_PROMISE, PROMISES
from flowrules.diagnostics.diagnostic import Diagnostic, Severity
from flowrules.editor.workspace import Workspace
from flowrules.language.nodes import Promise
from flowrules.source import Location


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise by its name, which stands `at`. `holds`: True where all calls that were played keep it, and they went
    far enough to say so; False where one breaks it; None where neither is known. `looked`: whether all was played."""

    name: str
    at: Location
    holds: bool | None
    looked: bool


def promises(workspace: Workspace) -> Iterator[Promised]:
    """The promises of these very texts, in written order."""
    played = workspace.played
    spoken = [one for one in played.findings if one.code in PROMISES]
    for path in workspace.documents:
        for block in workspace.files[path].blocks:
            if not isinstance(block.item, Promise):
                continue
            own = [
                one
                for one in spoken
                if one.location.source.path == path and block.start <= one.location.start < block.end
            ]
            holds = None
            if any(one.code is BROKEN_PROMISE for one in own):
                holds = False
            elif not own and played.last and played.far:
                holds = True
            at = block.locate(block.item.label.span)
            yield Promised(str(block.item.label.value), at, holds, played.last)


def broken(workspace: Workspace) -> Diagnostic | None:
    """A story which shows that these very texts may not go live; None where none was found so far."""
    return next(
        (
            one
            for one in workspace.played.findings
            if one.story and not one.answered and one.code.severity is Severity.ERROR
        ),
        None,
    )


def tested(workspace: Workspace) -> tuple[str, ...]:
    """The digests of these very texts, where their promises were played as far as `flowrules test` plays, and hold;
    none where that is not known."""
    played = workspace.played
    if not (played.last and played.tested) or any(one.code is BROKEN_PROMISE for one in played.findings):
        return ()
    return tuple(document.source.digest for document in workspace.documents.values())
