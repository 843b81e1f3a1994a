"""The rule language: text to AST and back."""
