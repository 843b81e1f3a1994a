"""Commands for who runs rules live."""
