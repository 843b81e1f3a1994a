"""All panels, in the order of their tabs."""

from collections.abc import Mapping

from flowrules.studio.panels.explain import Explain
from flowrules.studio.panels.history import History
from flowrules.studio.panels.live import Live
from flowrules.studio.panels.map import Map
from flowrules.studio.panels.panel import Row
from flowrules.studio.panels.stories import Stories
from flowrules.studio.panels.tests import Tests
from flowrules.studio.panels.try_ import Try
from flowrules.studio.panels.what_if import WhatIf

PANELS: Mapping[str, Row] = {
    "try": Try,
    "explain": Explain,
    "map": Map,
    "stories": Stories,
    "tests": Tests,
    "what_if": WhatIf,
    "live": Live,
    "history": History,
}
"""By the name of each, which its texts have too: `panel.NAME`."""
