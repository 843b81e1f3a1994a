"""The formatter's spelling of the language as a grammar for constrained decoding, with the names of one rule set."""
