"""The questions of an editor about a text, and the function of the editor service that answers each."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from flowrules.editor.completion import complete
from flowrules.editor.features.fixes import Fix, fixes, mend_all
from flowrules.editor.features.formatting import formatting
from flowrules.editor.features.hover import hover
from flowrules.editor.features.inlay import hints
from flowrules.editor.features.navigation import definition, references
from flowrules.editor.features.outline import folds, outline
from flowrules.editor.features.rename import renamable, rename
from flowrules.editor.features.testing import Lens, lenses
from flowrules.editor.features.tokens import TYPES, coloured
from flowrules.language.names import fold
from flowrules.language.nodes import Block, RuleFile
from flowrules.lsp.agreed import Agreed
from flowrules.lsp.convert import Converter, symbol_kinds
from flowrules.lsp.options import Options
from flowrules.lsp.rule_sets import RuleSetOpen, RuleSets

RUN_TEST = "flowrules.runTest"
"""A command with the address of a file and the name of a test in it."""
EXPLORE_RULE = "flowrules.exploreRule"
"""A command with the address of a file and a position of a rule in it."""
PREVIEW = "flowrules.preview"
"""A command with the address of a file: its rule set in sentences, as a page."""
SHOW_PLACES = "flowrules.showPlaces"
"""A command of the editor's own, where it has one, with an address, a position and the locations to show."""
TRIGGERS = (" ", "=", "{", ",")
MAX_SYMBOLS = 500
REFUSED = -32803
"""The protocol's code for a request that can't be carried out for a reason that the person is told."""


class Refused(JsonRpcException):
    """What was asked for can't be done; the message says why."""

    CODE = REFUSED


class Questions:
    """Answers from what was read last. `catch_up` reads the edits of a rule set that were not read yet; `fired` gives
    how often a rule ran in the last week, where that is known."""

    def __init__(
        self,
        sets: RuleSets,
        agreed: Agreed,
        options: Callable[[], Options],
        catch_up: Callable[[RuleSetOpen], None],
        fired: Callable[[], Callable[[Block], int | None] | None],
    ) -> None:
        self._sets = sets
        self._agreed = agreed
        self._options = options
        self._catch_up = catch_up
        self._fired = fired

    def handlers(self) -> tuple[tuple[str, Callable[[Any], Any], Any], ...]:
        """The protocol's name of each question, who answers it, and with which options."""
        return (
            (
                types.TEXT_DOCUMENT_COMPLETION,
                self.complete,
                types.CompletionOptions(trigger_characters=TRIGGERS),
            ),
            (types.TEXT_DOCUMENT_HOVER, self.hover, None),
            (types.TEXT_DOCUMENT_DEFINITION, self.definition, None),
            (types.TEXT_DOCUMENT_REFERENCES, self.references, None),
            (types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, self.highlight, None),
            (types.TEXT_DOCUMENT_PREPARE_RENAME, self.renamable, None),
            (types.TEXT_DOCUMENT_RENAME, self.rename, types.RenameOptions(prepare_provider=True)),
            (
                types.TEXT_DOCUMENT_CODE_ACTION,
                self.actions,
                types.CodeActionOptions(code_action_kinds=_KINDS),
            ),
            (types.TEXT_DOCUMENT_FORMATTING, self.format, None),
            (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, self.outline, None),
            (types.WORKSPACE_SYMBOL, self.symbols, None),
            (types.TEXT_DOCUMENT_FOLDING_RANGE, self.folds, None),
            (
                types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
                self.tokens,
                types.SemanticTokensLegend(token_types=list(TYPES), token_modifiers=[]),
            ),
            (types.TEXT_DOCUMENT_INLAY_HINT, self.hints, None),
            (types.TEXT_DOCUMENT_CODE_LENS, self.lenses, None),
        )

    def _at(self, params: Any) -> tuple[RuleSetOpen, Converter, RuleFile, int] | None:
        """The rule set, the file and the offset of a question about a place; None where the file is not known."""
        known = self._sets.of(params.text_document.uri)
        if known is None:
            return None
        rules, path = known
        self._catch_up(rules)
        converter = Converter(rules, self._agreed.units)
        position = getattr(params, "position", None) or types.Position(0, 0)
        return rules, converter, rules.workspace.files[path], converter.offset(path, position)

    def complete(self, params: types.CompletionParams) -> list[types.CompletionItem] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        return converter.completion(
            complete(file, offset, rules.workspace.index), snippets=self._agreed.takes_snippets
        )

    def hover(self, params: types.HoverParams) -> types.Hover | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        shown = hover(rules.workspace, file.source.path, offset)
        if shown is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, shown.text)
        return types.Hover(content, converter.range(shown.location))

    def definition(self, params: types.DefinitionParams) -> list[types.Location] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        return converter.locations(definition(file, offset, rules.workspace.index))

    def references(self, params: types.ReferenceParams) -> list[types.Location] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        declared = params.context.include_declaration
        return converter.locations(references(file, offset, rules.workspace.index, declared=declared))

    def highlight(self, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        return [
            types.DocumentHighlight(converter.range(where))
            for where in references(file, offset, rules.workspace.index)
            if where.source is file.source
        ]

    def renamable(self, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        found = renamable(file, offset, rules.workspace.index)
        if isinstance(found, str):
            raise Refused(found)
        where, name = found
        return types.PrepareRenamePlaceholder(converter.range(where), name)

    def rename(self, params: types.RenameParams) -> types.WorkspaceEdit | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        renamed = rename(file, offset, params.new_name, rules.workspace.index)
        if renamed.refused:
            raise Refused(renamed.refused)
        return converter.workspace_edit(renamed.edits, versioned=self._agreed.takes_versions)

    def actions(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, _ = at
        path = file.source.path
        found = rules.workspace.findings[path]
        start, end = converter.offset(path, params.range.start), converter.offset(path, params.range.end)
        only = tuple(str(getattr(kind, "value", kind)) for kind in params.context.only or ())
        actions = [
            self._action(fix, converter) for fix in fixes(file, found, start, end, rules.workspace.index)
        ]
        if (whole := mend_all(file, found)) is not None:
            actions.append(self._action(whole, converter))
        return [
            one for one in actions if not only or str(getattr(one.kind, "value", one.kind)).startswith(only)
        ]

    def _action(self, fix: Fix, converter: Converter) -> types.CodeAction:
        kind = types.CodeActionKind.SourceFixAll if fix.finding is None else types.CodeActionKind.QuickFix
        return types.CodeAction(
            title=fix.title,
            kind=kind,
            diagnostics=None if fix.finding is None else [converter.diagnostic(fix.finding)],
            is_preferred=(fix.finding is not None and fix.mends) or None,
            edit=converter.workspace_edit(fix.edits, versioned=self._agreed.takes_versions),
        )

    def format(self, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        if (at := self._at(params)) is None:
            return None
        _, converter, file, _ = at
        return [converter.text_edit(edit) for edit in formatting(file)]

    def outline(self, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, _ = at
        return [converter.symbol(one) for one in outline(file, rules.workspace.index)]

    def symbols(self, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        asked, kinds = fold(params.query), symbol_kinds()
        return [
            types.WorkspaceSymbol(
                Converter(rules, self._agreed.units).location(one.at), one.name, kinds[one.kind]
            )
            for rules in self._all()
            for file in rules.workspace.files.values()
            for one in outline(file, rules.workspace.index)
            if asked in fold(one.name)
        ][:MAX_SYMBOLS]

    def _all(self) -> Iterator[RuleSetOpen]:
        for rules in self._sets.all():
            self._catch_up(rules)
            yield rules

    def folds(self, params: types.FoldingRangeParams) -> list[types.FoldingRange] | None:
        if (at := self._at(params)) is None:
            return None
        kinds = {True: types.FoldingRangeKind.Comment, False: None}
        return [types.FoldingRange(one.first, one.last, kind=kinds[one.is_comment]) for one in folds(at[2])]

    def tokens(self, params: types.SemanticTokensParams) -> types.SemanticTokens | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, _ = at
        return types.SemanticTokens(
            converter.token_data(file.source.path, coloured(file, rules.workspace.index))
        )

    def hints(self, params: types.InlayHintParams) -> list[types.InlayHint] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, _ = at
        path = file.source.path
        start, end = converter.offset(path, params.range.start), converter.offset(path, params.range.end)
        return [
            types.InlayHint(
                converter.range(one.at).start,
                one.text,
                tooltip=one.tip,
                padding_left=True,
                padding_right=True,
            )
            for one in hints(file, rules.workspace.index, start, end)
        ]

    def lenses(self, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, _ = at
        uri = params.text_document.uri
        shown = lenses(rules.workspace, file.source.path, self._fired())
        return [self._lens(one, uri, converter) for one in shown]

    def _lens(self, one: Lens, uri: str, converter: Converter) -> types.CodeLens:
        where = converter.range(one.at)
        if one.test:
            command = types.Command(one.title, RUN_TEST, arguments=[uri, one.test])
        elif one.explore:
            command = types.Command(one.title, EXPLORE_RULE, arguments=[uri, where.start])
        elif one.places and SHOW_PLACES in self._options().commands:
            places = converter.locations(one.places)
            command = types.Command(one.title, SHOW_PLACES, arguments=[uri, where.start, places])
        else:
            # Editors know no command in common that shows places: the line is there to be read.
            command = types.Command(one.title, "")
        return types.CodeLens(where, command=command)


_KINDS: Sequence[types.CodeActionKind | str] = (
    types.CodeActionKind.QuickFix,
    types.CodeActionKind.SourceFixAll,
)
