"""Cells become one Python text in which everything keeps its place, and find back to their cells and their file."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spawnsafe.source import Edit, Point, Span
from spawnsafe.syntax.magics import blanked
from spawnsafe.syntax.notebook import Cell, Notebook, NotebookFile

NOT_PYTHON = {
    "a line magic": ("%matplotlib inline\nx = 1", "0\nx = 1"),
    "a shell command": ("!pip install 'x\nx = 1", "0\nx = 1"),
    "a command that goes on": ("!ls \\\n  -l\nx = 1", "0\n\nx = 1"),
    "a question before": ("?str\n??str", "0\n0"),
    "a question behind": ("str?\npd.read_csv??", "0\n0"),
    "an assigned command": ("x = !ls\nd['a'] = !ls", "x = 0\nd['a'] = 0"),
    "an assigned magic": ("x = %who", "x = 0"),
    "a timed assignment": ("x = %time f(3)", "x =       f(3)"),
    "a timed statement": ("%time f(\n  3)", "0    ;f(\n  3)"),
    "a timed statement with options": ("%timeit -n 10 -r3 f(3)", "0                ;f(3)"),
    "a timed loop": ("%time for x in y: f(x)", "0"),
    "the only statement of a block": ("if a:\n    !ls\nelse:\n    %cd x", "if a:\n    0\nelse:\n    0"),
    "a cell in another language": ("%%bash\necho 'it\n", "\n\n"),
    "an unknown cell magic": ("\n%%sql\nselect 1", "\n\n"),
    "a timed cell": ("%%time\n!ls\nf()", "\n0\nf()"),
    "a captured cell": ("%%capture out --no-stderr\nf()", "\nf()"),
}
PYTHON = {
    "a remainder": "x = 3 % 4\nx %= 3\ny = [\n%s\n]",
    "a format": "print('a=%s' % x, '''\n%magic\n!ls\n''')\nx = '%s'",
    "a question in a comment": "# why?\nx = (1 # or?\n)",
    "a top-level await": "await f()\nasync with g() as x:\n    pass",
    "a comparison": "a != b\na == b",
}


@pytest.mark.parametrize(("cell", "expected"), NOT_PYTHON.values(), ids=NOT_PYTHON)
def test_what_is_not_python_is_blanked(cell: str, expected: str) -> None:
    found = blanked(cell)
    assert len(found) == len(cell)
    assert "\n".join(line.rstrip() for line in found.split("\n")) == expected


@pytest.mark.parametrize("cell", PYTHON.values(), ids=PYTHON)
def test_python_is_left_as_it_is(cell: str) -> None:
    assert blanked(cell) == cell


@given(st.text(alphabet="a %!?=\n\r\\'\"([]):#;é", max_size=30))
def test_every_character_keeps_its_place(cell: str) -> None:
    found = blanked(cell)
    assert len(found) == len(cell)
    assert all(
        new in (old, " ", "0", ";") and (old not in "\r\n" or new == old) for old, new in zip(cell, found, strict=True)
    )


def notebook(*cells: str) -> Notebook:
    return Notebook(tuple(Cell(index, text) for index, text in enumerate(cells)))


def test_places_are_found_in_their_cells() -> None:
    one = notebook("a = 1\n", "b = 2\nc = 3", "")
    assert one.text == "a = 1\n\nb = 2\nc = 3\n\n"
    cell, span = one.locate(Span(Point(3, 0), Point(3, 5)))
    assert (cell.index, span) == (1, Span(Point(1, 0), Point(1, 5)))
    cell, span = one.locate(Span(Point(2, 0), Point(4, 0)))
    assert (cell.index, span.end) == (1, Point(1, 5))


def after(one: Notebook, line: int, text: str, lines: int = 0) -> list[str]:
    """The cells after lines are replaced by a text."""
    change = Edit(Span(Point(line, 0), Point(line + lines, 0)), text)
    changed = dict(one.changes([change]))
    return [changed[cell].text if cell in changed else "" for cell in one.cells]


def test_edits_go_to_the_cells_in_which_they_are() -> None:
    one = notebook("import a\nx = 1", "y = 2", "z = 3")
    changes = one.changes([Edit(Span(Point(0, 7), Point(0, 8)), "b"), Edit(Span(Point(3, 0), Point(3, 1)), "w")])
    assert [(cell.index, edit.text) for cell, edit in changes] == [(0, "import b\n"), (2, "w = 3")]


def test_lines_between_cells_belong_to_what_they_stand_by() -> None:
    one = notebook("import a", "x = 1")
    assert [cell.text for cell in one.with_text("import a\nimport b\nx = 1\n").cells] == ["import a\nimport b", "x = 1"]
    made = one.with_text("import a\ndef f():\n    pass\n\n\nx = 1\n")
    assert [cell.text for cell in made.cells] == ["import a", "def f():\n    pass\n\n\nx = 1"]


def test_nothing_comes_above_a_cell_magic() -> None:
    one = notebook("import a", "%%time\nx = 1")
    made = one.with_text("import a\ndef f():\n    pass\n\n\n%%time\nx = 1\n")
    assert [cell.text for cell in made.cells] == ["import a\ndef f():\n    pass", "%%time\nx = 1"]


LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "def f(): pass\n", "é = 1\n"]), max_size=6).map("".join)


@given(st.lists(LINES, min_size=1, max_size=4), LINES)
def test_no_line_is_lost_or_changes_places(cells: list[str], text: str) -> None:
    made = notebook(*cells).with_text(text)
    assert [line for line in made.text.split("\n") if line] == [line for line in text.split("\n") if line]


def written(indent: int | None, *cells: str, ascii_only: bool = False, as_string: bool = False) -> str:
    rows = [
        {
            "cell_type": "code",
            "metadata": {"z": 1, "a": 2},
            "source": text if as_string else text.splitlines(keepends=True),
            "outputs": [{"text": ["1.0e5 é\n"], "number": 1e5}],
        }
        for text in cells
    ]
    return json.dumps({"cells": rows, "nbformat": 4, "metadata": {}}, indent=indent, ensure_ascii=ascii_only)


@pytest.mark.parametrize("indent", [None, 1, 4, 0])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("as_string", [True, False])
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_file_is_written_as_it_was(indent: int | None, *, ascii_only: bool, as_string: bool, end: str) -> None:
    before, now = ("a = 'é'\nb = 2", "c = 3"), ("a = 'é'\nx = 'ü'\nb = 2", "c = 3")
    old, new = (written(indent, *cells, ascii_only=ascii_only, as_string=as_string) + end for cells in (before, now))
    file = NotebookFile.parse(old)
    assert file.written(file.notebook.with_text("".join(f"{cell}\n" for cell in now))) == new
    assert file.written(file.notebook) == old


def test_lines_of_cells_are_found_in_the_file() -> None:
    text = written(1, "a = 1", "b = 2\nc = 3\n")
    file = NotebookFile.parse(text)
    assert text.split("\n")[file.line_of(file.notebook.cells[1], 1)].strip() == '"c = 3\\n"'
    file = NotebookFile.parse(written(1, "a = 1\nb = 2", as_string=True))
    assert file.text.split("\n")[file.line_of(file.notebook.cells[0], 1)].strip() == '"source": "a = 1\\nb = 2",'


def cells_of(document: object) -> list[tuple[int, str]]:
    return [(cell.index, cell.text) for cell in NotebookFile.parse(json.dumps(document)).notebook.cells]


def test_only_cells_of_code_are_read() -> None:
    markdown, raw = {"cell_type": "markdown", "source": "x?"}, {"cell_type": "raw", "source": ["y"]}
    code = {"cell_type": "code", "source": ["a\n", "b"]}
    assert cells_of({"cells": [markdown, code, raw, {"cell_type": "code"}]}) == [(1, "a\nb"), (3, "")]


def test_the_third_format_is_read() -> None:
    code = {"cell_type": "code", "input": ["a\n", "b"], "language": "python"}
    document = {"worksheets": [{"cells": [{"cell_type": "heading", "source": "h"}, code]}, {"cells": [code]}]}
    assert cells_of(document) == [(1, "a\nb"), (2, "a\nb")]
    file = NotebookFile.parse(json.dumps(document))
    assert file.written(file.notebook.with_text("c\nb\na\nb\n")) == file.text.replace('"a\\n"', '"c\\n"', 1)


@pytest.mark.parametrize(
    "metadata",
    [{"language_info": {"name": "julia"}}, {"kernelspec": {"language": "R"}}, {"kernel_info": {"language": "scala"}}],
)
def test_kernels_of_other_languages_run_no_python(metadata: object) -> None:
    code = {"cell_type": "code", "source": "a"}
    assert cells_of({"cells": [code], "metadata": metadata}) == []
    assert cells_of({"cells": [code], "metadata": {"language_info": {"name": "python"}}}) == [(0, "a")]


def test_cells_in_other_languages_are_left_out() -> None:
    code = {"cell_type": "code", "source": "a", "metadata": {"vscode": {"languageId": "sql"}}}
    assert cells_of({"cells": [code]}) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{\n1}", "line 2 is no JSON"),
        ("[]", "no notebook"),
        ("{}", "no notebook"),
        ("[" * 100_000, "deeply nested"),
    ],
)
def test_what_is_no_notebook_is_told(text: str, reason: str) -> None:
    with pytest.raises(SyntaxError, match=reason):
        NotebookFile.parse(text)


@pytest.mark.parametrize(
    "text", ['{"cells": 1}', '{"cells": [1, {"source": 2}]}', '{"worksheets": {"cells": []}}', "", " \n"]
)
def test_odd_notebooks_have_no_cells(text: str) -> None:
    assert NotebookFile.parse(text).notebook.cells == ()
