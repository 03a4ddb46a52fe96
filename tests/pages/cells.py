"""Notebooks as pages show them: the cells one below the other, each begun by a line `# %%`."""

import json
import re
from pathlib import Path

SUFFIX = ".ipynb"
KERNEL = Path(__file__).parent / "kernel.py"


def cells(text: str) -> list[str]:
    """Return the cells that a page shows."""
    return re.split(r"(?m)^(?=# %%$)", text)


def first_line(text: str, cell: int) -> int:
    """Return the line of what a page shows at which a cell begins."""
    return "".join(cells(text)[:cell]).count("\n")


def on_disk(path: str, text: str) -> str:
    """Return the text of a file, which for a notebook is JSON."""
    if not path.endswith(SUFFIX):
        return text
    rows = [{"cell_type": "code", "source": cell.removesuffix("\n")} for cell in cells(text)]
    return json.dumps({"cells": rows, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
