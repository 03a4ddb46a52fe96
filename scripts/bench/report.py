"""Writes what was measured as a page: tables, and a picture of what an edit costs."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from servers import Times

_LIGHT, _DARK = "#1f77b4", "#888888"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose first column alone is text."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def curve(measured: Mapping[int, Mapping[str, Times]], path: Path) -> None:
    """Draw what an edit costs each server by how long the file is; both axes logarithmic."""
    with rc_context({"font.size": 9, "svg.hashsalt": "spawnsafe", "text.color": _DARK}):
        figure = Figure(figsize=(7, 4))
        axes = figure.subplots()
        for name in next(iter(measured.values())):
            points = [(size, times[name].edits) for size, times in measured.items() if times[name].edits]
            ours = name == "spawnsafe"
            sizes, medians = [size for size, _ in points], [statistics.median(edits) for _, edits in points]
            axes.plot(sizes, medians, marker="o", linewidth=2.5 if ours else 1.2, color=_LIGHT if ours else _DARK)
            if points:
                axes.annotate(f" {name}", (sizes[-1], medians[-1]), color=_LIGHT if ours else _DARK, va="center")
        axes.set(xscale="log", yscale="log", xlabel="lines", ylabel="ms from an edit to fresh findings (median)")
        axes.set_xticks(list(measured), [f"{size:,}" for size in measured])
        axes.minorticks_off()
        axes.tick_params(colors=_DARK)
        axes.xaxis.label.set_color(_DARK)
        axes.yaxis.label.set_color(_DARK)
        axes.margins(x=0.15)
        for side, spine in axes.spines.items():
            spine.set_visible(side in {"left", "bottom"})
            spine.set_color(_DARK)
        figure.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})
