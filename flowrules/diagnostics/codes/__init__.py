"""Every kind of finding: one module a family, joined here.

To add one: its `Code` in the family's module and tuple, the check or lint that raises it; the tests take its
`avoid` and `prefer` texts from there.
"""

from flowrules.diagnostics.codes.answers import ANSWERS
from flowrules.diagnostics.codes.arguments import ARGUMENTS
from flowrules.diagnostics.codes.flow import FLOW
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.codes.hygiene import HYGIENE
from flowrules.diagnostics.codes.logic import LOGIC
from flowrules.diagnostics.codes.names import NAMES
from flowrules.diagnostics.codes.promises import PROMISES
from flowrules.diagnostics.codes.syntax import SYNTAX
from flowrules.diagnostics.diagnostic import Code

ALL_CODES: tuple[Code, ...] = (
    *SYNTAX,
    *NAMES,
    *ARGUMENTS,
    *FLOW,
    *LOGIC,
    *HYGIENE,
    *PROMISES,
    *HAZARDS,
    *ANSWERS,
)

BY_ID: dict[str, Code] = {code.id: code for code in ALL_CODES}
BY_NAME: dict[str, Code] = {code.name: code for code in ALL_CODES}
