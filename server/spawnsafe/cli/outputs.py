"""Reports that go to files: which format goes where, and how they are written."""

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Self

import click

from spawnsafe.cli.reports import format_names


@dataclass(frozen=True, slots=True)
class Output:
    """A report in a format for a file."""

    format: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read FORMAT:FILE. Raises click.BadParameter."""
        name, _, path = text.partition(":")
        if name not in format_names():
            close = get_close_matches(name, format_names(), n=1)
            advice = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(format_names())}"
            raise click.BadParameter(f"unknown format {name!r}; {advice}")
        if not path:
            raise click.BadParameter(f"{text!r} names no file; write {name}:FILE")
        return cls(name, path)


def write_whole(path: Path, text: str) -> None:
    """Write a file in UTF-8 with all its text, or leave what was there. Raises OSError.

    What is there and no regular file, such as a pipe, is written to. Characters that UTF-8 lacks are escaped.
    """
    data = text.encode("utf-8", "backslashreplace")
    if os.path.lexists(path) and not path.is_file():
        path.write_bytes(data)
        return
    path = path.resolve()
    import tempfile  # noqa: PLC0415 - slow to import, and seldom needed

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - it is open already
            file.write(data)
        temporary.chmod(_mode(path))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """Return the mode of a file, or the one that a new file gets."""
    if path.exists():
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
