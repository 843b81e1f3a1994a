"""The language server: what `flowrules.editor` says, in the Language Server Protocol. It needs the extra `lsp`."""
