"""`python -m flowrules`."""

from flowrules.cli import main

main()
