"""What the editor service says, as the protocol has it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from flowrules.diagnostics.diagnostic import Diagnostic, Edit, Severity
from flowrules.editor.completion import Sort, Suggestion
from flowrules.editor.documents import Change, Document
from flowrules.editor.features.outline import Entry
from flowrules.editor.features.tokens import TYPES, Coloured
from flowrules.editor.played import Explored
from flowrules.editor.positions import Place, Units
from flowrules.lsp.rule_sets import RuleSetOpen
from flowrules.prose.formats.markdown import escaped
from flowrules.source import Location

_PLACE_TO_FILL = re.compile(r"\$\{\d+:([^}]*)\}|\$\d+")
_SORTS = {
    Sort.PHRASE: types.CompletionItemKind.Keyword,
    Sort.VERB: types.CompletionItemKind.Function,
    Sort.NAME: types.CompletionItemKind.Variable,
    Sort.VALUE: types.CompletionItemKind.EnumMember,
    Sort.SNIPPET: types.CompletionItemKind.Snippet,
}
_SYMBOLS = {
    "rule": types.SymbolKind.Event,
    "rail": types.SymbolKind.Operator,
    "promise": types.SymbolKind.Interface,
    "test": types.SymbolKind.Method,
    "steps": types.SymbolKind.Function,
    "hours": types.SymbolKind.Constant,
    "list": types.SymbolKind.Array,
    "fact": types.SymbolKind.Variable,
    "event": types.SymbolKind.Event,
    "destination": types.SymbolKind.Object,
    "setting": types.SymbolKind.Property,
    "unread": types.SymbolKind.Null,
}


@dataclass(frozen=True)
class Converter:
    """Translates for one rule set and the encoding that was agreed on."""

    rules: RuleSetOpen
    units: Units

    def document(self, path: str) -> Document:
        return self.rules.workspace.documents[path]

    def offset(self, path: str, position: types.Position) -> int:
        return self.document(path).offset(Place(position.line, position.character), self.units)

    def range(self, where: Location) -> types.Range:
        document = self.document(where.source.path)
        return types.Range(
            types.Position(*document.place(where.start, self.units)),
            types.Position(*document.place(where.end, self.units)),
        )

    def location(self, where: Location) -> types.Location:
        return types.Location(self.rules.uri(where.source.path), self.range(where))

    def locations(self, some: Iterable[Location]) -> list[types.Location]:
        return [self.location(one) for one in some]

    def diagnostic(self, finding: Diagnostic) -> types.Diagnostic:
        """A finding. One that is answered is a hint that is not in the way."""
        severity = types.DiagnosticSeverity.Warning
        if finding.code.severity is Severity.ERROR:
            severity = types.DiagnosticSeverity.Error
        elif finding.answered:
            severity = types.DiagnosticSeverity.Hint
        message = f"{finding.message} {finding.hint}".strip()
        if finding.answered:
            message = f"{message} Answered: {finding.answered}"
        if finding.story:
            message = "\n".join([message, "", "How it comes about:", *_told(finding)])
        related = [
            types.DiagnosticRelatedInformation(self.location(where), words)
            for where, words in finding.related
        ]
        return types.Diagnostic(
            range=self.range(finding.location),
            message=message,
            severity=severity,
            code=finding.code.id,
            source="flowrules",
            related_information=related or None,
            data={"story": list(finding.story), "test": finding.test} if finding.story else None,
        )

    def explored(self, explored: Explored) -> dict[str, Any]:
        """What stories around a rule show, for programs, and all of it as `text` in Markdown."""
        return {
            "rule": explored.rule,
            "findings": [
                {
                    "code": one.code.id,
                    "name": one.code.name,
                    "uri": self.rules.uri(one.location.source.path),
                    "range": self.range(one.location),
                    "message": one.message,
                    "hint": one.hint,
                    "answered": one.answered,
                    "story": list(one.story),
                    "test": one.test,
                    "unsaid": list(one.unsaid),
                }
                for one in explored.findings
            ],
            "looked": " ".join(explored.looked),
            "text": "\n".join(_page(explored)),
        }

    def text_edit(self, edit: Edit) -> types.TextEdit:
        start, end, text = self.document(edit.location.source.path).new_text(edit, self.units)
        return types.TextEdit(types.Range(types.Position(*start), types.Position(*end)), text)

    def workspace_edit(self, edits: Iterable[Edit], *, versioned: bool) -> types.WorkspaceEdit:
        """Edits of one file or several; `versioned` where the editor takes the version that they are for."""
        by_path: dict[str, list[types.TextEdit]] = {}
        for edit in edits:
            by_path.setdefault(edit.location.source.path, []).append(self.text_edit(edit))
        if not versioned:
            return types.WorkspaceEdit(changes={self.rules.uri(path): some for path, some in by_path.items()})
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(
                    types.OptionalVersionedTextDocumentIdentifier(
                        self.rules.uri(path), self.document(path).version
                    ),
                    some,
                )
                for path, some in by_path.items()
            ]
        )

    def completion(self, suggestions: Iterable[Suggestion], *, snippets: bool) -> list[types.CompletionItem]:
        return [self._item(number, one, snippets) for number, one in enumerate(suggestions)]

    def _item(self, number: int, one: Suggestion, snippets: bool) -> types.CompletionItem:
        is_snippet = one.sort is Sort.SNIPPET and snippets
        text = one.text if is_snippet or one.sort is not Sort.SNIPPET else _PLACE_TO_FILL.sub(r"\1", one.text)
        edit = self.text_edit(Edit(one.replaces, text))
        form = types.InsertTextFormat.Snippet if is_snippet else types.InsertTextFormat.PlainText
        return types.CompletionItem(
            label=one.label,
            kind=_SORTS[one.sort],
            detail=one.detail or None,
            sort_text=f"{number:05}",
            filter_text=one.label,
            insert_text_format=form,
            text_edit=edit,
        )

    def symbol(self, entry: Entry) -> types.DocumentSymbol:
        return types.DocumentSymbol(
            name=entry.name or " ",
            kind=_SYMBOLS[entry.kind],
            range=self.range(entry.block),
            selection_range=self.range(entry.at),
            detail=entry.kind,
        )

    def token_data(self, path: str, some: Iterable[Coloured]) -> list[int]:
        """Five numbers a word: lines from the word before, units from it (or the line's start), length, kind, 0."""
        document = self.document(path)
        data: list[int] = []
        line = character = 0
        for start, end, type_ in some:
            place, stop = document.place(start, self.units), document.place(end, self.units)
            same = place.line == line
            data += [
                place.line - line,
                place.character - (character if same else 0),
                stop.character - place.character,
                TYPES.index(type_),
                0,
            ]
            line, character = place
        return data


def _told(finding: Diagnostic) -> Iterator[str]:
    """The story of a finding, a line for each thing that happens."""
    yield from (f"{number}. {line}" for number, line in enumerate(finding.story, start=1))


def _page(explored: Explored) -> Iterator[str]:
    yield from (f"# {escaped(explored.rule)}", "")
    if not explored.findings:
        yield from ("Nothing was found.", "")
    for one in explored.findings:
        place = f"{one.location.source.path.rpartition('/')[2]}, line {one.location.first.line}"
        yield from (f"## {one.code.id} {one.code.name}", "", f"{escaped(one.message)} ({escaped(place)})", "")
        if one.answered:
            yield from (f"Answered: {escaped(one.answered)}", "")
        yield from (escaped(line) for line in _told(one))
        yield ""
        if one.test:
            yield from ("As a test:", "", "```flowrules", one.test.rstrip(), "```", "")
        yield from (f"- {escaped(line)}" for line in one.unsaid)
        if one.hint:
            yield from (escaped(one.hint), "")
    yield from (escaped(line) for line in explored.looked)


def changes_of(params: types.DidChangeTextDocumentParams) -> list[Change]:
    """The changes that an editor reports."""
    return [
        Change(one.text, _place(one.range.start), _place(one.range.end))
        if isinstance(one, types.TextDocumentContentChangePartial)
        else Change(one.text)
        for one in params.content_changes
    ]


def symbol_kinds() -> Mapping[str, types.SymbolKind]:
    """The protocol's kind for each kind of block."""
    return _SYMBOLS


def _place(position: types.Position) -> Place:
    return Place(position.line, position.character)
