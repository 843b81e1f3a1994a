"""All panels, in the order of their tabs."""

from collections.abc import Mapping

from flowrules.studio.panels.explain import Explain
from flowrules.studio.panels.panel import Row

PANELS: Mapping[str, Row] = {
    "explain": Explain,
}
"""By the name of each, which its texts have too: `panel.NAME`."""
