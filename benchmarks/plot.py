"""The decision's picture: microseconds by the number of rules, both on a logarithmic scale."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.results import Spread, Table

STYLES: Mapping[str, tuple[str, str]] = {"flowrules": ("-", "o"), "floor": (":", ".")}
"""Line and marker by the first word of a row's name; the others are dashed."""


def draw(table: Table, sizes: tuple[int, ...], path: Path) -> None:
    """Write an SVG of a table of times, one line a row."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "flowrules"
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for name, values in table.rows.items():
        spreads = [
            (size, value) for size, value in zip(sizes, values, strict=True) if isinstance(value, Spread)
        ]
        if not spreads:
            continue
        line, marker = STYLES.get(name.split(":")[0].split(",")[0], ("--", "s"))
        medians = [value.median for _, value in spreads]
        reach = [
            [value.median - value.low for _, value in spreads],
            [value.high - value.median for _, value in spreads],
        ]
        axes.errorbar(
            [size for size, _ in spreads], medians, reach, label=name, ls=line, marker=marker, ms=4, lw=1.4
        )
    axes.set(xscale="log", yscale="log", xlabel="rules", ylabel="µs a decision", title=table.title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
