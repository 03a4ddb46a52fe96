"""Open documents: their text under incremental edits, and the paths by which the model knows them.

Lines end where the protocol ends them: at LF, CRLF and lone CR. (The documents of pygls also end lines at
form feeds, U+2028 and the like, so that an edit below one would land on a wrong line.)
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import quote, unquote
from uuid import uuid4

from lsprotocol import types
from pygls import workspace
from pygls.uris import to_fs_path

from spawnsafe.lsp.convert import Codec
from spawnsafe.source import split_lines

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
        """Return the document as it is now."""
        return Snapshot(self.uri, self.version, document_path(self.uri), self.source)

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

    def document(self, uri: str) -> Document | None:
        """Return an open document; None if the client never opened it, or closed it."""
        document = self.text_documents.get(unquote(uri))
        return document if isinstance(document, Document) else None

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> Document:
        return Document(doc_uri, source or "", version, language_id, Codec(self.position_codec))


def document_path(uri: str) -> Path:
    """Return where a document is; a place of its own in a folder that never exists if it is in no file."""
    path = to_fs_path(uri)
    return Path(path) if path else _NOWHERE / quote(unquote(uri), safe="") / "untitled.py"
