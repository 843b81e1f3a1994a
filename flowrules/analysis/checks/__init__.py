"""Errors, and warnings that follow from one block and the declarations: a module a subject. `analysis/check.py` calls
them in order."""
