"""Changed files: how they are read, shown as a diff, and written back as they were."""

import errno
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Self

from spawnsafe.source import decode
from spawnsafe.syntax.notebook import SUFFIX as NOTEBOOK
from spawnsafe.syntax.notebook import Notebook, NotebookFile


class ChangedMeanwhileError(OSError):
    """A file is no longer what it was when it was read."""

    def __init__(self, path: Path) -> None:
        """Tell of the file at `path`."""
        super().__init__(errno.EAGAIN, "changed on disk since it was read, so nothing is written", str(path))


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it was read: its bytes and what they say. A byte order mark is the text's first character."""

    data: bytes
    text: str
    """Of a notebook the text of its code cells."""
    encoding: str
    file: NotebookFile | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file. Raises OSError, UnicodeDecodeError, or SyntaxError for an unknown encoding or no notebook."""
        return cls.of(path.read_bytes(), path.name)

    @classmethod
    def of(cls, data: bytes, name: str) -> Self:
        """Decode bytes as Python would (PEP 263), or Jupyter. Raises UnicodeDecodeError or SyntaxError."""
        if name.endswith(NOTEBOOK):
            file = NotebookFile.parse(data.decode())
            return cls(data, file.notebook.text, "utf-8", file)
        return cls(data, *decode(data))

    @property
    def source(self) -> str | Notebook:
        """What is checked of it."""
        return self.file.notebook if self.file else self.text

    def as_changed(self, text: str) -> NotebookFile | None:
        """Return the notebook's file with another text of its cells; None if it is no notebook."""
        if self.file is None or text == self.text:
            return self.file
        return NotebookFile.parse(self.file.written(self.file.notebook.with_text(text)))

    def is_still(self, path: Path) -> bool:
        """Whether a file has these bytes now. Raises OSError."""
        return path.read_bytes() == self.data

    def changed(self, path: Path, before: str, after: str) -> "Change":
        """Return the change of this file to another text. Raises ChangedMeanwhileError if it was not `before`."""
        if self.text != before:
            raise ChangedMeanwhileError(path)
        return Change(path, self, after)


@dataclass(frozen=True, slots=True)
class Change:
    """A file's new text beside the original."""

    path: Path
    original: Original
    text: str

    @property
    def data(self) -> bytes:
        """The new bytes. Raises UnicodeEncodeError for a character that the file's encoding lacks."""
        file = self.original.file
        text = file.written(file.notebook.with_text(self.text)) if file else self.text
        return text.encode(self.original.encoding)

    def diff(self, name: str) -> Iterator[str]:
        """Yield the lines of a unified diff with their line ends; `patch -p0` takes them, but for a notebook's."""
        for part, old, new in self._parts(name):
            for line in unified_diff(_lines(old), _lines(new), part, part):
                yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"

    def _parts(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Yield what is compared: what it is called, its old text and its new one."""
        file = self.original.file
        if file is None:
            yield name, self.original.text, self.text
            return
        for old, new in zip(file.notebook.cells, file.notebook.with_text(self.text).cells, strict=True):
            yield f"{name}:{old.label}", old.text, new.text


def write(changes: Iterable[Change]) -> None:
    """Replace files by their new text, each at once and with the mode and the owner it had.

    All are prepared before the first is replaced. Raises OSError, UnicodeEncodeError or
    ChangedMeanwhileError; no file is replaced then, unless replacing itself failed.
    """
    prepared: list[tuple[Path, Path]] = []
    try:
        for change in changes:
            path = change.path.resolve()
            if not change.original.is_still(path):
                raise ChangedMeanwhileError(path)
            prepared.append((_beside(path, change.data), path))
        for temporary, path in prepared:
            temporary.replace(path)
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)


def _beside(path: Path, data: bytes) -> Path:
    """Write bytes to a new file in the same folder, with the mode and, if that may be given, the owner of the old."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary, old = Path(name), path.stat()
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - it is open already
            file.write(data)
            file.flush()
            os.fsync(handle)
        with suppress(OSError, AttributeError):  # not everybody may give files away; Windows has no such owners
            os.chown(temporary, old.st_uid, old.st_gid)
        temporary.chmod(old.st_mode & 0o7777)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _lines(text: str) -> list[str]:
    """Cut a text at LF alone, as diff and patch do."""
    return list(io.StringIO(text, newline="\n"))
