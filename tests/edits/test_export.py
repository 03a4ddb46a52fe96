"""Definitions of notebooks that go to a module: what goes along, what is left, and why some stay."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from spawnsafe.check import Policy, check, fixes
from spawnsafe.findings import Fix
from spawnsafe.model import Project
from spawnsafe.source import Text, apply_edits

SEND = """\
from multiprocessing import Pool
with Pool(2) as pool:
    print(pool.map(work, [1, 2]))
"""


def found_in(folder: Path, *cells: str) -> tuple[str, list[Fix], list[str]]:
    """The text of a notebook's cells, its first finding's fixes, and the finding's notes."""
    document = {
        "cells": [
            {"cell_type": "code", "metadata": {}, "source": dedent(cell).splitlines(keepends=True)} for cell in cells
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = folder / "a.ipynb"
    path.write_text(json.dumps(document))
    model = Project().module(path)
    diagnostic = next(each for each in check(model, Policy()) if each.rule.code == "notebook-target")
    return model.document.text, list(fixes(model, diagnostic)), [note.message for note in diagnostic.notes]


def after(text: str, fix: Fix) -> dict[str, str]:
    """The files after a fix, by name."""
    names = {edit.path.name for edit in fix.edits}
    return {
        name: apply_edits(
            Text(text if name == "a.ipynb" else ""), [edit.edit for edit in fix.edits if edit.path.name == name]
        )
        for name in names
    }


def test_what_a_definition_needs_goes_along(tmp_path: Path) -> None:
    text, (fix,), _ = found_in(
        tmp_path,
        "import math\nimport random as rnd\n",
        """
        # How often.
        TIMES = 3
        other = 1

        def helper(n):
            return math.sqrt(n) * TIMES

        # What workers do.
        def work(n):
            return helper(n)
        """,
        f"{SEND}print(helper(other), TIMES, rnd)\n",
    )
    assert fix.title == "Move `work` to `work.py`"
    assert not fix.safe
    files = after(text, fix)
    assert files["work.py"] == dedent(
        """\
        import math

        # How often.
        TIMES = 3


        def helper(n):
            return math.sqrt(n) * TIMES


        # What workers do.
        def work(n):
            return helper(n)
        """
    )
    assert "from work import TIMES, helper, work\n" in files["a.ipynb"]
    assert "other = 1\n" in files["a.ipynb"]
    assert "def " not in files["a.ipynb"]


@pytest.mark.parametrize(
    ("name", "there", "module"),
    [("work", "work.py", "work_task"), ("json", "nothing.py", "json_task"), ("work", "nothing.py", "work")],
)
def test_the_new_module_hides_no_other(tmp_path: Path, name: str, there: str, module: str) -> None:
    (tmp_path / there).write_text("")
    _, (fix,), _ = found_in(tmp_path, f"def {name}(n):\n    return n\n", SEND.replace("work", name))
    assert fix.title == f"Move `{name}` to `{module}.py`"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("table = open('a')\ndef work(n):\n    return table\n", "it reads `table`, which the notebook computes"),
        (
            "size = 1\nsize = 2\ndef work(n):\n    return size\n",
            "it reads `size`, which the notebook sets more than once",
        ),
        ("if 1:\n    def work(n):\n        return n\n", "it is defined under a condition, or not alone"),
        ("def work(n):\n    display(n)\n", "it reads `display`, which only a kernel has"),
        ("def work(n):\n    !ls\n    return n\n", "there are magics in it"),
        ("def work(n):\n    global seen\n    seen = n\n", "it assigns `seen` by `global`"),
    ],
)
def test_what_stays_says_why(tmp_path: Path, cell: str, reason: str) -> None:
    _, offered, notes = found_in(tmp_path, cell, SEND)
    assert offered == []
    assert f"No quick fix: {reason}." in notes


def test_what_nothing_in_the_notebook_uses_any_more_is_imported_all_the_same(tmp_path: Path) -> None:
    cell = """
        from multiprocessing import Pool
        def work(depth):
            with Pool(1) as pool:
                return depth and pool.apply(work, (depth - 1,))
        """
    text, (fix,), _ = found_in(tmp_path, cell)
    assert "from multiprocessing import Pool\n\nfrom work import work\n" in after(text, fix)["a.ipynb"]
