"""The plots of a report: SVG without scripts, in the colours of the page, which change with day and night.

Drawn by pygal (extra `report`), which is imported when the first one is asked for.
"""

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from flowrules.pages import Html, element

if TYPE_CHECKING:
    from pygal.style import Style

MISSING = "Plots need an extra package: pip install 'flowrules[report]'"
Series = tuple[str, Sequence[int | float | None]]
"""A name, and a value for each label."""
_COLOURS = tuple(f"var(--{name})" for name in ("one", "two", "three", "four", "five"))
_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif"
_LONG = 44
"""Letters of a label; the table below a plot has all of it."""
_ROW = 26


def check() -> None:
    """Raises ImportError with a sentence where the library is missing."""
    _library()


def bars(
    name: str, caption: str, labels: Sequence[str], series: Sequence[Series], *, stacked: bool = False
) -> Html:
    """Upright bars, for times. `name` is unique on the page."""
    kind = _library().StackedBar if stacked else _library().Bar
    many = max(1, len(labels) // 12)
    chart = kind(
        **_settings(series),
        height=300,
        x_label_rotation=0 if len(labels) < 8 else 30,
        show_minor_x_labels=False,
    )
    chart.x_labels_major = list(labels[::many])
    return _figure(chart, name, caption, labels, series)


def rows(
    name: str, caption: str, labels: Sequence[str], series: Sequence[Series], *, stacked: bool = False
) -> Html:
    """Bars that lie, for names; the first label stands at the top."""
    kind = _library().HorizontalStackedBar if stacked else _library().HorizontalBar
    chart = kind(**_settings(series), height=90 + _ROW * max(1, len(labels)))
    upside_down = [(title, list(reversed(values))) for title, values in series]
    return _figure(chart, name, caption, list(reversed(labels)), upside_down)


# --- inside ---


@cache
def _library() -> Any:
    """pygal, without the import hook that it leaves behind: before Python 3.12 each try to import what is not installed
    would warn of it, in the whole process."""
    before = list(sys.meta_path)
    try:
        import pygal
    except ImportError as error:
        raise ImportError(MISSING) from error
    sys.meta_path[:] = before
    return pygal


def _figure(chart: Any, name: str, caption: str, labels: Iterable[str], series: Iterable[Series]) -> Html:
    chart.uuid = f"plot-{name}"
    chart.add_xml_filter(_still)
    chart.x_labels = [_short(label) for label in labels]
    for title, values in series:
        chart.add(title, list(values))
    drawn = Html(chart.render(is_unicode=True))
    return element("figure", drawn, element("figcaption", caption), role="img", aria_label=caption)


def _still(root: Any) -> Any:
    """A chart without what serves its tooltips: scripts, and texts that nobody sees. pygal 3.1 writes them, whatever
    `js` says."""
    for parent in tuple(root.iter()):
        for child in tuple(parent):
            if str(child.tag).rpartition("}")[2] in ("script", "desc"):
                parent.remove(child)
    return root


def _settings(series: Sequence[Series]) -> dict[str, Any]:
    whole = all(isinstance(value, int) for _, values in series for value in values)
    return {
        # Nothing happens half a time.
        "order_min": 0 if whole else None,
        "style": _style(),
        "js": [],
        "width": 900,
        "disable_xml_declaration": True,
        "show_legend": len(series) > 1,
        "legend_at_bottom": True,
        "legend_box_size": 14,
        "explicit_size": False,
        "margin": 12,
        "no_prefix": False,
        "pretty_print": False,
        "truncate_label": _LONG,
        "print_values": False,
        "tooltip_border_radius": 0,
        "include_x_axis": True,
        "value_formatter": lambda value: f"{value:,.10g}" if value is not None else "",
    }


def _style() -> "Style":
    from pygal.style import Style

    ink, soft, line = "var(--ink)", "var(--soft)", "var(--line)"
    return Style(
        background="transparent",
        plot_background="transparent",
        foreground=ink,
        foreground_strong=ink,
        foreground_subtle=line,
        guide_stroke_color=line,
        major_guide_stroke_color=line,
        value_colors=(soft,),
        font_family=_FONT,
        label_font_family=_FONT,
        major_label_font_family=_FONT,
        legend_font_family=_FONT,
        value_font_family=_FONT,
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=14,
        opacity=1,
        opacity_hover=1,
        transition="0s",
        colors=_COLOURS,
    )


def _short(label: str) -> str:
    plain = "".join(one if one.isprintable() else "\ufffd" for one in label)
    return plain if len(plain) <= _LONG else f"{plain[: _LONG - 1]}…"
