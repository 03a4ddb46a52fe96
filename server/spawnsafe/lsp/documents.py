"""Open documents: their text under incremental edits, and the paths by which the model knows them.

Lines end where the protocol ends them: at LF, CRLF and lone CR. (The documents of pygls also end lines at
form feeds, U+2028 and the like, so that an edit below one would land on a wrong line.)
"""

import os
from dataclasses import dataclass
from errno import EINVAL, ENAMETOOLONG
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import unquote
from uuid import uuid4

from lsprotocol import types
from pygls import workspace
from pygls.uris import to_fs_path

from spawnsafe.lsp.convert import Codec
from spawnsafe.source import split_lines
from spawnsafe.syntax.notebook import SUFFIX as NOTEBOOK
from spawnsafe.syntax.notebook import Cell, Notebook

PYTHON = "python"
"""What clients call the language."""
_COPIES = ".virtual_documents"

_NOWHERE = Path(gettempdir(), f"spawnsafe-{uuid4().hex}")
"""The folder of documents that are in no file; it never exists, and no two processes share one."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A document at one version, safe to hand to another thread."""

    uri: str
    """As the client spells it."""
    version: int | None
    path: Path
    """Absolute; made up if the document is in no file."""
    text: str
    notebook: Notebook | None = None
    """The notebook that it is; its text is that of all code cells."""
    cells: tuple[tuple[str, int | None], ...] = ()
    """The URI and version of each code cell, if they are documents of their own."""

    @property
    def source(self) -> str | Notebook:
        """What is analysed."""
        return self.notebook or self.text

    @property
    def documents(self) -> tuple[tuple[str, int | None], ...]:
        """The URI and version of each document of the client in which something of it is shown."""
        return ((self.uri, self.version),) if self.notebook is None or not self.cells else self.cells

    @property
    def stamp(self) -> object:
        """What differs whenever the text does."""
        return [self.version, *(version for _, version in self.cells)]


class Document(workspace.TextDocument):
    """An open document, which a client edits by ranges; what an edit costs does not depend on its length."""

    def __init__(self, uri: str, source: str, version: int | None, language_id: str | None, codec: Codec) -> None:
        super().__init__(uri, "", version, language_id)
        self._codec = codec
        self._lines = split_lines(source)

    @property
    def lines(self) -> list[str]:
        """The lines with their ends; the last has none, and may be empty."""
        return self._lines

    @property
    def source(self) -> str:
        """The whole text."""
        return "".join(self._lines)

    def snapshot(self) -> Snapshot:
        """Return the document as it is now; one of a notebook has all its cells, and in them nothing but Python."""
        path, text = document_path(self.uri), self.source
        if path.suffix != NOTEBOOK:
            return Snapshot(self.uri, self.version, path, text)
        notebook = Notebook.of_text(text)
        return Snapshot(self.uri, self.version, path, notebook.text, notebook)

    def apply_change(self, change: types.TextDocumentContentChangeEvent) -> None:
        """Replace a range, or the whole text. A range that reaches beyond a line or the text is clipped."""
        if not isinstance(change, types.TextDocumentContentChangePartial):
            self._lines = split_lines(change.text)
            return
        first, column = self._place(change.range.start)
        last, end_column = self._place(change.range.end)
        head, tail = self._lines[first][:column], self._lines[last][end_column:]
        if not head and first and self._lines[first - 1].endswith("\r"):  # an LF to come would belong to it
            first -= 1
            head = self._lines[first]
        lines = split_lines(head + change.text + tail)
        if last + 1 < len(self._lines):
            lines.pop()  # what follows the last line end is the next line, which is there already
        self._lines[first : last + 1] = lines

    def _place(self, position: types.Position) -> tuple[int, int]:
        if position.line >= len(self._lines):
            return len(self._lines) - 1, len(self._lines[-1])
        line = self._lines[position.line].rstrip("\r\n")
        return position.line, self._codec.column(line, position.character)


class Workspace(workspace.Workspace):
    """The open documents by URI."""

    @property
    def codec(self) -> Codec:
        """How the client counts columns."""
        return Codec(types.PositionEncodingKind(self.position_encoding))

    def document(self, uri: str) -> Document | None:
        """Return an open document; None if the client never opened it, or closed it."""
        document = self.text_documents.get(unquote(uri))
        return document if isinstance(document, Document) else None

    def snapshot(self, uri: str) -> Snapshot | None:
        """Return an open document, or the open notebook that it is or is a cell of, as it is now."""
        notebook = self._notebook(uri)
        if notebook is not None:
            return self._notebook_snapshot(notebook)
        document = self.document(uri)
        return document.snapshot() if document else None

    def path(self, uri: str) -> Path:
        """Return where a document is, or the notebook that it is a cell of."""
        notebook = self._notebook(uri)
        return notebook_path(notebook.uri) if notebook else document_path(uri)

    def _notebook(self, uri: str) -> types.NotebookDocument | None:
        found: types.NotebookDocument | None
        found = self.get_notebook_document(notebook_uri=uri) or self.get_notebook_document(cell_uri=uri)
        return found

    def _notebook_snapshot(self, notebook: types.NotebookDocument) -> Snapshot:
        documents = [
            (index, document)
            for index, cell in enumerate(notebook.cells)
            if cell.kind is types.NotebookCellKind.Code and (document := self.document(cell.document))
        ]
        python = [(index, document) for index, document in documents if document.language_id == PYTHON]
        joined = Notebook(tuple(Cell(index, document.source) for index, document in python))
        cells = tuple((document.uri, document.version) for _, document in python)
        return Snapshot(notebook.uri, notebook.version, notebook_path(notebook.uri), joined.text, joined, cells)

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> Document:
        return Document(doc_uri, source or "", version, language_id, self.codec)


def document_path(uri: str) -> Path:
    """Return where a document is; a place of its own in a folder that never exists if it is in no file.

    What JupyterLab makes of a notebook, which lies in a folder of copies, counts as the notebook.
    """
    path = _file(uri) or _NOWHERE / sha256(unquote(uri).encode("utf-8", "replace")).hexdigest() / "untitled.py"
    return Path(*(part for part in path.parts if part != _COPIES)) if path.suffix == NOTEBOOK else path


def _file(uri: str) -> Path | None:
    """Return the absolute path that a URI means, None if there can be no such file."""
    try:
        path = Path(to_fs_path(uri) or "")
        os.lstat(path)
    except ValueError:
        return None
    except OSError as error:
        if error.errno in (EINVAL, ENAMETOOLONG):
            return None
    return path if path.is_absolute() else None


def is_in_no_file(path: Path) -> bool:
    """Whether a path is made up, or one beside it: for a document that is in no file."""
    return path.is_relative_to(_NOWHERE)


def notebook_path(uri: str) -> Path:
    """Return where a notebook is, under a name that says that it is one."""
    path = document_path(uri)
    return path if path.suffix == NOTEBOOK else path.with_name(f"{path.name}{NOTEBOOK}")
