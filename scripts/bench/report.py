"""Writes what was measured as a page: tables, and a picture of what an edit costs."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from servers import EDITS, Times

_LIGHT, _DARK = "#1f77b4", "#888888"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose first column alone is text."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def curve(measured: Mapping[int, Mapping[str, Times]], path: Path) -> None:
    """Draw what edits cost each server by how long the file is, a picture for each kind; all axes logarithmic."""
    with rc_context({"font.size": 9, "svg.hashsalt": "spawnsafe", "text.color": _DARK}):
        figure = Figure(figsize=(9, 4))
        for axes, what in zip(figure.subplots(1, len(EDITS), sharey=True), EDITS, strict=True):
            _draw(axes, measured, what)
        figure.axes[0].set_ylabel("ms from an edit to fresh findings (median)", color=_DARK)
        figure.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})


def _draw(axes: Axes, measured: Mapping[int, Mapping[str, Times]], what: str) -> None:
    for name in next(iter(measured.values())):
        found = [(size, times[name].edits.get(what)) for size, times in measured.items()]
        points = [(size, statistics.median(edits)) for size, edits in found if edits]
        if not points:
            continue
        color, width = (_LIGHT, 2.5) if name == "spawnsafe" else (_DARK, 1.2)
        axes.plot(*zip(*points, strict=True), marker="o", linewidth=width, color=color)
        axes.annotate(f" {name}", points[-1], color=color, va="center")
    axes.set(xscale="log", yscale="log", xlabel="lines", title=f"an edit {what}")
    axes.set_xticks(list(measured), [f"{size:,}" for size in measured])
    axes.minorticks_off()
    axes.tick_params(colors=_DARK)
    axes.xaxis.label.set_color(_DARK)
    axes.margins(x=0.25)
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(_DARK)
