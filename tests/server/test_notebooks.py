"""Notebooks as editors show them: cell by cell, or joined to one document."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from editor import TIMEOUT, Editor, File, capabilities, editing
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETUP = "%matplotlib inline\nfrom multiprocessing import get_context"
CALL = "with get_context('fork').Pool(2) as pool:\n    print('😀', pool.map(lambda n: n * n, range(4)))"
CELLS = (SETUP, "# Title\nWhy?", "!ls 'it\n%%time", CALL)
LAMBDA = ("lambda-target", "lambda n: n * n")


@dataclass
class Notebook:
    """A notebook in the editor; its cells are files that the client does not open as such."""

    editor: Editor
    uri: str
    cells: list[File]
    version: int = 1

    @property
    def identifier(self) -> types.VersionedNotebookDocumentIdentifier:
        self.version += 1
        return types.VersionedNotebookDocumentIdentifier(version=self.version, uri=self.uri)

    def edit(self, number: int, old: str, new: str) -> None:
        """Replace the first occurrence of a part of a cell's text."""
        cell = self.cells[number]
        place = cell.range(old)
        cell.version += 1
        cell.text = cell.text.replace(old, new, 1)
        content = types.NotebookDocumentCellContentChanges(
            types.VersionedTextDocumentIdentifier(cell.version, cell.uri),
            [types.TextDocumentContentChangePartial(place, new)],
        )
        self._change(types.NotebookDocumentCellChanges(text_content=[content]))

    def insert(self, number: int, text: str) -> None:
        cell = file(self.editor, self.uri, f"new{self.version}", text)
        self.cells.insert(number, cell)
        array = types.NotebookCellArrayChange(start=number, delete_count=0, cells=[described(cell)])
        structure = types.NotebookDocumentCellChangeStructure(array, did_open=[item(cell)])
        self._change(types.NotebookDocumentCellChanges(structure=structure))

    def remove(self, number: int) -> None:
        cell = self.cells.pop(number)
        array = types.NotebookCellArrayChange(start=number, delete_count=1)
        closed = [types.TextDocumentIdentifier(cell.uri)]
        structure = types.NotebookDocumentCellChangeStructure(array, did_close=closed)
        self._change(types.NotebookDocumentCellChanges(structure=structure))

    def _change(self, cells: types.NotebookDocumentCellChanges) -> None:
        params = types.DidChangeNotebookDocumentParams(self.identifier, types.NotebookDocumentChangeEvent(cells=cells))
        self.editor.client.notebook_document_did_change(params)

    def save(self) -> None:
        params = types.DidSaveNotebookDocumentParams(types.NotebookDocumentIdentifier(self.uri))
        self.editor.client.notebook_document_did_save(params)

    def close(self) -> None:
        params = types.DidCloseNotebookDocumentParams(
            types.NotebookDocumentIdentifier(self.uri), [types.TextDocumentIdentifier(cell.uri) for cell in self.cells]
        )
        self.editor.client.notebook_document_did_close(params)

    async def codes(self) -> list[list[tuple[str, str]]]:
        """What is found in each cell: code and marked text."""
        if self.editor.pull:
            return [await cell.codes() for cell in self.cells]
        found: dict[str, Sequence[types.Diagnostic]] = {}
        wanted = {cell.uri: cell.version for cell in self.cells if is_code(cell)}
        while found.keys() != wanted.keys():
            published = await self.editor.next_published()
            if published.uri in wanted and wanted[published.uri] == published.version:
                found[published.uri] = published.diagnostics
        return [[(str(each.code), cell.at(each.range)) for each in found.get(cell.uri, ())] for cell in self.cells]


def is_code(cell: File) -> bool:
    return not cell.text.startswith("# Title")


def file(editor: Editor, uri: str, name: str, text: str) -> File:
    cell = File(editor, editor.folder / name, uri.replace("file:", "vscode-notebook-cell:") + f"#{name}", text)
    editor.files[cell.uri] = cell
    return cell


def described(cell: File) -> types.NotebookCell:
    kind = types.NotebookCellKind.Code if is_code(cell) else types.NotebookCellKind.Markup
    return types.NotebookCell(kind, cell.uri)


def item(cell: File) -> types.TextDocumentItem:
    language = types.LanguageKind.Python if is_code(cell) else types.LanguageKind.Markdown
    return types.TextDocumentItem(cell.uri, language, cell.version, cell.text)


def opened(editor: Editor, name: str, texts: Sequence[str] = CELLS, uri: str = "") -> Notebook:
    uri = uri or (editor.folder / name).as_uri()
    notebook = Notebook(editor, uri, [file(editor, uri, f"W{number}", text) for number, text in enumerate(texts)])
    document = types.NotebookDocument(uri, "jupyter-notebook", 1, [described(cell) for cell in notebook.cells])
    editor.client.notebook_document_did_open(
        types.DidOpenNotebookDocumentParams(document, [item(cell) for cell in notebook.cells])
    )
    return notebook


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["push", "pull", "plain"])
async def editor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    having = capabilities(pull=request.param == "pull", rich=request.param != "plain")
    settings = {"settings": {"ignore": ["forced-fork"]}}
    async with editing(tmp_path_factory.mktemp("project"), having, settings) as editor:
        yield editor


async def test_findings_are_shown_in_their_cells(editor: Editor) -> None:
    notebook = opened(editor, "found.ipynb")
    assert await notebook.codes() == [[], [], [], [LAMBDA]]


async def test_findings_follow_edits_of_cells(editor: Editor) -> None:
    notebook = opened(editor, "edited.ipynb")
    assert await notebook.codes() == [[], [], [], [LAMBDA]]
    notebook.edit(0, "%matplotlib", "import os\n%matplotlib")
    assert (await notebook.codes())[-1] == [LAMBDA]
    notebook.edit(3, "lambda n: n * n", "abs")
    assert await notebook.codes() == [[], [], [], []]
    notebook.edit(0, "import get_context", "import Pool")
    notebook.edit(3, "get_context('fork').Pool(2)", "Pool(2)")
    notebook.edit(3, "abs", "lambda n: n")
    assert (await notebook.codes())[-1] == [("lambda-target", "lambda n: n")]


async def test_what_an_edit_of_one_cell_changes_in_another_is_shown(tmp_path: Path) -> None:
    async with editing(tmp_path, capabilities(pull=True)) as editor:
        define = "def work(n):\n    return n"
        notebook = opened(editor, "other.ipynb", (define, "from multiprocessing import Pool\nPool(1).map(work, [1])"))
        assert ("notebook-target", "work") in (await notebook.codes())[1]
        notebook.edit(0, define, "from math import sqrt as work")
        await asyncio.sleep(0.5)  # no editor asks at once
        assert await notebook.cells[0].codes() == []
        async with asyncio.timeout(TIMEOUT):
            while not editor.client.diagnostic_refresh_count:  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(0.02)
        assert ("notebook-target", "work") not in (await notebook.codes())[1]


async def test_cells_come_and_go(editor: Editor) -> None:
    notebook = opened(editor, "moved.ipynb")
    assert (await notebook.codes())[-1] == [LAMBDA]
    notebook.insert(1, "def work(n):\n    return n")
    assert await notebook.codes() == [[], [], [], [], [LAMBDA]]
    notebook.insert(5, CALL.replace("n * n", "-n"))
    assert (await notebook.codes())[-2:] == [[LAMBDA], [("lambda-target", "lambda n: -n")]]
    notebook.remove(0)  # with the import
    assert await notebook.codes() == [[], [], [], [], []]


async def test_a_fix_changes_cells(editor: Editor) -> None:
    notebook = opened(editor, "fixed.ipynb")
    await notebook.codes()
    cell = notebook.cells[3]
    [action] = [each for each in await cell.actions("lambda") if each.kind == "quickfix.spawnsafe.lambda-target"][:1]
    if action.edit is None:
        action = await editor.client.code_action_resolve_async(action)
    assert action.edit
    if action.edit.document_changes:
        [change] = action.edit.document_changes
        assert isinstance(change, types.TextDocumentEdit)
        assert (change.text_document.uri, change.text_document.version) == (cell.uri, cell.version)
        edits = change.edits
    else:
        assert action.edit.changes
        [(uri, edits)] = action.edit.changes.items()
        assert uri == cell.uri
    [edit] = edits
    assert isinstance(edit, types.TextEdit)
    start, end = cell.offset(edit.range.start), cell.offset(edit.range.end)
    assert cell.text[:start] + edit.new_text + cell.text[end:] == "def work(n):\n    return n * n\n\n\n" + CALL.replace(
        "lambda n: n * n", "work"
    )


async def test_hovers_and_hints_are_those_of_the_cell(editor: Editor) -> None:
    notebook = opened(editor, "hovered.ipynb", (SETUP, "x = 1\n", CALL.replace("lambda n: n * n", "abs")))
    await notebook.codes()
    hover = await notebook.cells[2].hover("map")
    assert hover
    assert hover.range
    assert notebook.cells[2].at(hover.range) in ("map", "pool.map")
    assert await notebook.cells[1].hints() == []
    assert 1 in {hint.position.line for hint in await notebook.cells[2].hints()} <= {0, 1}


async def test_a_closed_notebook_shows_nothing(editor: Editor) -> None:
    notebook = opened(editor, "closed.ipynb")
    assert (await notebook.codes())[-1] == [LAMBDA]
    notebook.save()
    notebook.close()
    if editor.pull:
        assert await notebook.codes() == [[], [], [], []]
        return
    empty: set[str] = set()
    async with asyncio.timeout(TIMEOUT):
        while {cell.uri for cell in notebook.cells if is_code(cell)} != empty:
            published = await editor.next_published()
            if published.uri.split("#")[0].endswith("closed.ipynb") and not published.diagnostics:
                empty.add(published.uri)


JOINED = """\
get_ipython().run_line_magic("matplotlib", " inline")
from multiprocessing import get_context


get_ipython().getoutput("ls 'it")
# START_CELL_MAGIC("time", "")
with get_context('fork').Pool(2) as pool:
    print(pool.map(lambda n: n * n, range(4)))
# END_CELL_MAGIC


get_ipython().run_cell_magic("bash", "", \"""echo 'it
\""")
"""


async def test_jupyterlab_sends_all_cells_as_one_document(editor: Editor) -> None:
    folder = editor.folder / ".virtual_documents"
    file = editor.open("joined.ipynb", JOINED, (folder / "joined.ipynb").as_uri())
    assert await file.codes() == [LAMBDA]
    file.edit("lambda n: n * n", "abs")
    assert await file.codes() == []
    other = editor.open("same.ipynb", "from multiprocessing import Pool\n!ls 'it\nPool(1).map(lambda n: n, [1])\n")
    assert ("lambda-target", "lambda n: n") in await other.codes()


async def test_the_file_of_a_notebook_is_no_program(editor: Editor) -> None:
    text = '{"cells": [{"source": "from multiprocessing import Pool; Pool().map(lambda n: n, [])"}]}'
    file = editor.open("raw.ipynb", text)
    assert await file.codes() == []


async def test_a_function_is_moved_to_a_new_file(editor: Editor) -> None:
    define = "from multiprocessing import get_context\n\n\ndef work(n):\n    return n"
    notebook = opened(editor, "moved.ipynb", (define, CALL.replace("lambda n: n * n", "work").replace("fork", "spawn")))
    await notebook.codes()
    moving = [each for each in await notebook.cells[1].actions("work") if each.title == "Move `work` to `work.py`"]
    if not moving:
        assert not editor.makes_files
        return
    action = await editor.client.code_action_resolve_async(moving[0])
    assert action.edit
    assert action.edit.document_changes
    new = (editor.folder / "work.py").as_uri()
    created, *changes = action.edit.document_changes
    assert isinstance(created, types.CreateFile)
    assert created.uri == new
    texts = {}
    for change in changes:
        assert isinstance(change, types.TextDocumentEdit)
        texts[change.text_document.uri] = [edit.new_text for edit in change.edits]
    assert texts[new] == ["def work(n):\n    return n\n"]
    assert any("from work import work" in text for text in texts[notebook.cells[0].uri])
    notebook.close()


async def test_nothing_is_moved_beside_a_notebook_that_is_in_no_file(editor: Editor) -> None:
    cell = (
        "from multiprocessing import Pool\ndef work(n):\n    return n\nwith Pool(1) as pool:\n    pool.map(work, [1])"
    )
    notebook = opened(editor, "", (cell,), "untitled:Untitled-1.ipynb?jupyter-notebook")
    assert await notebook.codes() == [[("notebook-target", "work")]]
    titles = [each.title for each in await notebook.cells[0].actions("work, [")]
    assert "Ignore notebook-target here" in titles
    assert not [title for title in titles if title.startswith("Move")]
    notebook.close()
