"""For whoever drafts rules, a person or a model: texts that are not saved are laid over a rule set and judged."""
