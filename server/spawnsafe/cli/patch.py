"""Changed files: how they are read, shown as a diff, and written back as they were."""

import errno
import io
import os
import tempfile
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Self


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
    encoding: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file. Raises OSError, UnicodeDecodeError, or SyntaxError for an unknown encoding."""
        return cls.of(path.read_bytes())

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Decode bytes as Python would (PEP 263). Raises UnicodeDecodeError or SyntaxError."""
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        encoding = encoding.removesuffix("-sig")
        return cls(data, data.decode(encoding), encoding)

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
        return self.text.encode(self.original.encoding)

    def diff(self, name: str) -> Iterator[str]:
        """Yield the lines of a unified diff with their line ends; `patch -p0` takes them."""
        lines = unified_diff(_lines(self.original.text), _lines(self.text), name, name)
        for line in lines:
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def write(changes: Iterable[Change]) -> None:
    """Replace files by their new text, each at once and with the mode it had.

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
    """Write bytes to a new file in the same folder, with the mode of the old one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - it is open already
            file.write(data)
            file.flush()
            os.fsync(handle)
        temporary.chmod(path.stat().st_mode & 0o7777)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _lines(text: str) -> list[str]:
    """Cut a text at LF alone, as diff and patch do."""
    return list(io.StringIO(text, newline="\n"))
