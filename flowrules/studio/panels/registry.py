"""All panels, in the order of their tabs."""

from collections.abc import Mapping

from flowrules.studio.panels.explain import Explain
from flowrules.studio.panels.map import Map
from flowrules.studio.panels.panel import Row
from flowrules.studio.panels.stories import Stories
from flowrules.studio.panels.tests import Tests
from flowrules.studio.panels.try_ import Try

PANELS: Mapping[str, Row] = {
    "try": Try,
    "explain": Explain,
    "map": Map,
    "stories": Stories,
    "tests": Tests,
}
"""By the name of each, which its texts have too: `panel.NAME`."""
